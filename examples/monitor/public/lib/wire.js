/** Where CometKit is mounted in server.mjs. */
const ENDPOINT = '/push';

/** The address of a request: every field of it is a query parameter. */
export function address(fields) {
  return `${ENDPOINT}?${new URLSearchParams(fields)}`;
}

/**
 * Sends one short request and gives the events of its answer, in lines of JSON whatever the session's own format is.
 * A refusal is thrown; with `gone` when the server does not know the session (any more).
 */
export async function send(fields, options = {}) {
  return answerOf(await fetch(address({ p_format: 'ndjson', ...fields }), options));
}

/** Publishes by POST: the body is the same event as JSON. */
export async function publish(credentials, subject, data) {
  const body = JSON.stringify({
    p_event: 'publish',
    p_format: 'ndjson',
    ...credentials,
    p_subject: subject,
    data,
  });
  const headers = { 'Content-Type': 'application/json' };
  return answerOf(await fetch(ENDPOINT, { method: 'POST', headers, body }));
}

async function answerOf(response) {
  const text = await response.text();
  if (!response.ok) throw refusalOf(response);
  return linesOf(text).map(parse);
}

function refusalOf({ status }) {
  return Object.assign(new Error(`the server answered ${status}`), { gone: status >= 400 && status < 500 });
}

function parse(line) {
  const event = JSON.parse(line);
  if (event.p_event === 'nack') throw new Error(event.p_reason);
  return event;
}

const linesOf = (text) => text.split('\n').filter((line) => line !== '');

/** The events of an ndjson answer that goes on and on, each as soon as its line is complete. */
export async function* eventsOf(response) {
  if (!response.ok) throw refusalOf(response);
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const complete = (rest + value).lastIndexOf('\n') + 1;
    const lines = linesOf((rest + value).slice(0, complete));
    rest = (rest + value).slice(complete);
    yield* lines.map(parse);
  }
}
