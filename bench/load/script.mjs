// Reads the settings, and makes requests out of templates. The twin of config.c and script.c.
const numbers = new Set([
  ...['port', 'control', 'connections', 'sources', 'opening', 'dead'],
  ...['receive-buffer', 'subjects', 'ack', 'grace', 'acknowledge-ms', 'tls'],
]);
const defaults = {
  ...{ connections: 1, sources: 1, opening: 64, dead: 0, subjects: 1, ack: 0, grace: 3000 },
  ...{ 'acknowledge-ms': 2000, tls: 0 },
};

function unescapeText(text) {
  return text.replace(/\\(.)/g, (_, c) => ({ r: '\r', n: '\n', t: '\t' })[c] ?? c);
}

/** The settings as one record, out of the lines before `go`. */
export function readSettings(lines) {
  const settings = { ...defaults };
  const steps = [];
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [name, value] = at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    if (name === 'step' || name === 'frame')
      steps.push({ websocket: name === 'frame', text: unescapeText(value), captures: [] });
    else if (name === 'expect') steps.at(-1).expect = unescapeText(value);
    else if (name === 'capture') {
      const [key, from, to] = value.split('\t').map(unescapeText);
      steps.at(-1).captures.push({ key, from, to });
    } else if (name === 'greeting' || name === 'acknowledge') settings[name] = { text: unescapeText(value) };
    else if (name === 'newest') {
      const [from, to] = value.split('\t').map(unescapeText);
      settings.newest = { from, to };
    } else if (name === 'repeat') settings.repeat = true;
    else if (numbers.has(name)) settings[name] = Number(value);
    else throw new Error(`no such setting: ${name}`);
  }
  if (!settings.port || steps.length === 0) throw new Error('missing: port and step');
  if (settings.acknowledge && !(settings.greeting && settings.newest))
    throw new Error('missing: greeting and newest');
  return { ...settings, steps };
}

/** The bytes of a step for one connection. */
export function requestOf(step, values) {
  const fill = (text, length) =>
    text.replace(/<<([^>]+)>>/g, (_, key) => (key === '#' ? `${length}` : (values.get(key) ?? '')));
  if (step.websocket) return frame(Buffer.from(fill(step.text, 0)));
  const split = step.text.indexOf('\r\n\r\n') + 4;
  const body = fill(step.text.slice(split), 0);
  return Buffer.from(fill(step.text.slice(0, split), Buffer.byteLength(body)) + body);
}

// A client's frame must be masked; a mask of zeros leaves the text as it is.
function frame(body) {
  const short = body.length < 126;
  const length = short ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), body]);
}

/** Takes the values of a step out of an answer: the last of each; one that is not there keeps what it was. */
export function takeCaptures(step, answer, values) {
  for (const { key, from, to } of step.captures) {
    const at = answer.lastIndexOf(from);
    const end = at < 0 ? -1 : answer.indexOf(to, at + from.length);
    if (end >= 0) values.set(key, answer.slice(at + from.length, end));
    if (!values.has(key)) throw new Error(`an answer lacks the value ${key}: ${answer.slice(0, 300)}`);
  }
}
