// The names of the original protocol that are more than `p_` and the name.
const names = { p_event: 'type', p_id: 'session', p_sid: 'subscription' };

/**
 * Turns what a classic `push('name', "value", …)` call brings into the message that the modern formats have.
 *
 * Classic values are texts, times are seconds, and data is flat: an object became one field for each member, structured
 * members and everything that is no object became JSON text.
 */
export function eventFromPairs(pairs) {
  const event = {};
  const members = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const [name, value] = [pairs[i], pairs[i + 1]];
    if (name === 'p_time') event.time = Number(value) * 1000;
    else if (name.startsWith('p_')) event[names[name] ?? name.slice(2)] = value;
    else members.push([name, fromText(value)]);
  }
  if (event.type !== 'data') return event;
  const whole = members.length === 1 && members[0][0] === 'data';
  return { ...event, data: whole ? members[0][1] : Object.fromEntries(members) };
}

/** A text that reads as JSON other than a string was one; any other text is itself. */
function fromText(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
