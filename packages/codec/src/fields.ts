import { EncodeError } from './errors.ts';

/** The value of a field of a control event: text, or a number, which classic formats write in decimal. */
export type FieldValue = string | number;

/** One field of an event on the wire. */
export type Field = readonly [name: string, value: FieldValue];

/**
 * A protocol event that is not an item of the log: an acknowledgement, a nack, `hb`, `refresh`, `abort`.
 *
 * Its fields have the names of the modern formats. Classic formats translate them, and write `time`, which is in Unix
 * milliseconds, in whole seconds.
 */
export interface ControlEvent {
  /** Its type. */
  readonly event: string;
  /** The other fields, in the order of the wire. */
  readonly fields: readonly Field[];
}

const wireName = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const eventName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

// Shipped clients keep fields in an Array used as a map, where `length` throws and members of Object.prototype shadow
// methods. `xmlns` makes an xml-strict document ill-formed for a DOM.
const reservedNames: ReadonlySet<string> = new Set([
  'length',
  'xmlns',
  'prototype',
  'constructor',
  'toString',
  'toLocaleString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
]);

const longestName = 64;

// Names of control events are those of this program: few, and each is looked at once.
const known = new Set<string>();
const mostKnown = 256;

/**
 * Returns whether a publisher may use the name for a field: 1 to 64 characters, no control characters, not a name of the
 * protocol (`p_…`), and not a name that breaks clients (`length`, `__proto__`, …).
 *
 * @remarks A format that cannot carry a name sends all of the event's data as one field of JSON.
 */
export function isFieldName(name: string): boolean {
  if (wireName.test(name)) return !reservedNames.has(name) && !name.startsWith('p_');
  return name.trim() !== '' && name.length <= longestName && !/[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(name);
}

/**
 * Checks a control event before any format writes it.
 *
 * @throws {EncodeError} `invalid-event`, `invalid-name`, `reserved-name`, `duplicate-name`, `invalid-number` (not finite).
 */
export function checkControl({ event, fields }: ControlEvent): void {
  if (!eventName.test(event)) throw new EncodeError('invalid-event');
  for (let at = 0; at < fields.length; at += 1) {
    const [field, value] = fields[at] as Field;
    if (!known.has(field)) checkName(field);
    if (field === 'type' || isTaken(fields, at, field)) throw new EncodeError('duplicate-name', { field });
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new EncodeError('invalid-number', { field });
  }
}

function checkName(field: string): void {
  if (!wireName.test(field)) throw new EncodeError('invalid-name', { field });
  // Only classic formats write `p_` names, and they derive them from the modern ones.
  if (reservedNames.has(field) || field.startsWith('p_')) throw new EncodeError('reserved-name', { field });
  if (known.size < mostKnown) known.add(field);
}

// A control event has a handful of fields: comparing them all costs less than a set of them.
function isTaken(fields: readonly Field[], before: number, name: string): boolean {
  for (let at = 0; at < before; at += 1) if (fields[at]?.[0] === name) return true;
  return false;
}
