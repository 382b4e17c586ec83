// What the systems have in common: a listening server, and the requests of a client that just listens or polls.

/** Listens on a free port of the loopback address and answers it. */
export async function listen(server) {
  await new Promise((resolve) =>
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(undefined)),
  );
  return server.address().port;
}

/** The text of a GET; `<<s>>` in the path becomes the number of the client's subject. */
export function get(path, headers = '') {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;
}

/** The text of a POST; its length is put in when it is sent. */
export function post(path, body, type = 'application/json', headers = '') {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${headers}Content-Length: <<#>>\r\n\r\n${body}`;
}

/** A stream that one GET opens. */
export const streamClient = { steps: [{ text: get('/stream/<<s>>') }] };

/** A poll that is asked again and again. */
export const pollClient = { steps: [{ text: get('/poll/<<s>>') }], repeat: true };

/** One event as plain server-sent events: the least that a stream can carry it in. */
export function toFrame(data) {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** A list in a map, made at need. */
export function listOf(map, key) {
  if (!map.has(key)) map.set(key, new Set());
  return map.get(key);
}
