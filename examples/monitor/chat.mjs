const MAX_NAME = 24;
const MAX_TEXT = 280;

/** Clients may publish to the chat, a short name and a short text, and to nothing else. */
export function mayPublish({ subject, data }) {
  if (subject !== '/chat') return { refuse: 'clients publish to /chat only' };
  if (!isText(data?.name, MAX_NAME)) return { refuse: `name must be a text of 1 to ${MAX_NAME} characters` };
  if (!isText(data?.text, MAX_TEXT)) return { refuse: `text must be a text of 1 to ${MAX_TEXT} characters` };
  return true;
}

function isText(value, maxLength) {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxLength;
}
