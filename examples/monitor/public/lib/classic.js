/**
 * Turns what a classic `push('name', "value", …)` call brings into the event that the modern formats have.
 *
 * Classic values are texts, and data is flat: an object became one field for each member, structured members and
 * everything that is no object became JSON text.
 */
export function eventFromPairs(pairs) {
  const event = {};
  const members = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i].startsWith('p_')) event[pairs[i]] = pairs[i + 1];
    else members.push([pairs[i], fromText(pairs[i + 1])]);
  }
  if (event.p_event !== 'data') return event;
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
