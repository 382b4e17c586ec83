/** Where CometKit is mounted in server.mjs. */
const ENDPOINT = '/push';

/** The address of a request that is a GET: every field of it is a query parameter. */
export function address(fields) {
  return `${ENDPOINT}?${new URLSearchParams(fields)}`;
}

/** Sends one command: its fields are a JSON object. The answer is lines of JSON, since nothing else is asked for. */
export function post(fields, options = {}) {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(ENDPOINT, { method: 'POST', headers, body: JSON.stringify(fields), ...options });
}

/**
 * Sends one short command and gives the messages of its answer.
 * A refusal is thrown; with `gone` when the server does not know the session (any more).
 */
export async function send(fields, options = {}) {
  const response = await post(fields, options);
  if (!response.ok) throw await refusalOf(response);
  return linesOf(await response.text()).map((line) => JSON.parse(line));
}

/** The server says in words why it refuses; something in front of it may answer with any page. */
async function refusalOf(response) {
  const { status, headers } = response;
  const isProblem = headers.get('Content-Type')?.startsWith('application/problem+json');
  const reason = isProblem ? (await response.json()).detail : `the server answered ${status}`;
  return Object.assign(new Error(reason), { gone: status === 410 });
}

const linesOf = (text) => text.split('\n').filter((line) => line !== '');

/** The messages of an ndjson answer that goes on and on, each as soon as its line is complete. */
export async function* eventsOf(response) {
  if (!response.ok) throw await refusalOf(response);
  let rest = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const complete = (rest + value).lastIndexOf('\n') + 1;
    const lines = linesOf((rest + value).slice(0, complete));
    rest = (rest + value).slice(complete);
    for (const line of lines) yield JSON.parse(line);
  }
}
