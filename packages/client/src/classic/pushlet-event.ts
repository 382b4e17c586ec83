import type { JsonValue } from '@cometkit/core';
import { classicName, classicType } from '../classic-names.ts';
import type { ClientEvent } from '../items.ts';
import type { WireEvent } from '../machine/wire.ts';

/**
 * An event as the classic API hands it over: flat fields of text.
 *
 * @remarks Follows `PushletEvent` of the original AJAX client.
 */
export class PushletEvent {
  readonly #fields: ReadonlyMap<string, string>;

  constructor(fields: ReadonlyMap<string, string>) {
    this.#fields = fields;
  }

  /** The value of a field; undefined when there is none of that name. */
  get(name: string): string | undefined {
    return this.#fields.get(name);
  }

  /** The type: `data`, `join-ack` and so on. */
  getEvent(): string | undefined {
    return this.get('p_event');
  }

  getSubject(): string | undefined {
    return this.get('p_subject');
  }

  /** All names, in the order of the wire. */
  names(): string[] {
    return [...this.#fields.keys()];
  }

  toString(): string {
    return [...this.#fields].map(([name, value]) => `${name}=${value}`).join(' ');
  }
}

/** Makes an event of what the server said. */
export function pushletEventOf({ event, fields }: WireEvent): PushletEvent {
  const texts = [...fields].map(
    ([name, value]) => [classicName(name), textOf(name === 'time' ? seconds(value) : value)] as const,
  );
  return new PushletEvent(new Map([['p_event', classicType(event)], ...texts]));
}

/**
 * Makes an event of published data.
 *
 * @returns an event with one field per member of a plain object; other data is JSON in the field `data`. `p_time` is in
 * seconds. The data never overwrites names of the protocol.
 */
export function pushletDataOf(
  { subject, data, time, from, to }: ClientEvent,
  subscription?: { readonly sid: string | undefined; readonly label: string | undefined },
): PushletEvent {
  const own: [string, string | undefined][] = [
    ['p_event', 'data'],
    ['p_subject', subject],
    ['p_sid', subscription?.sid],
    ['p_label', subscription?.label],
    ['p_from', from],
    ['p_to', to],
    ['p_time', String(Math.floor(time / 1000))],
  ];
  const flat = typeof data === 'object' && data !== null && !Array.isArray(data);
  const members = flat
    ? Object.entries(data).filter(([name]) => !name.startsWith('p_'))
    : [['data', data] as const];
  const fields = new Map<string, string>();
  for (const [name, value] of own) if (value !== undefined) fields.set(name, value);
  for (const [name, value] of members) fields.set(name, textOf(value as JsonValue));
  return new PushletEvent(fields);
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function seconds(time: JsonValue): JsonValue {
  return typeof time === 'number' ? Math.floor(time / 1000) : time;
}
