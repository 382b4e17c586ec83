import type { Inbox } from '@cometkit/core/cluster';

const key = Symbol.for('@cometkit/handler/mail@1');

/** The readers of one inbox, by what their letters begin with. */
type Readers = Map<string, (text: string) => void>;

// One per process rather than per module, because bundlers give parts of an application their own instances.
function mail(): WeakMap<Inbox, Readers> {
  const shared = globalThis as { [key]?: WeakMap<Inbox, Readers> };
  shared[key] ??= new WeakMap();
  return shared[key];
}

function readersOf(inbox: Inbox): Readers {
  const known = mail().get(inbox);
  if (known !== undefined) return known;
  const readers: Readers = new Map();
  mail().set(inbox, readers);
  inbox.receive((text) => readers.get(text.slice(0, 1))?.(text.slice(1)));
  return readers;
}

/**
 * A part of an inbox: letters with a sign of their own, which takes one character.
 *
 * @returns an inbox that whoever has another sign does not meet.
 */
export function partOfInbox(inbox: Inbox, sign: string): Inbox {
  return {
    receive: (listener) => void readersOf(inbox).set(sign, listener),
    send: (node, text) => inbox.send(node, sign + text),
  };
}
