import type { Item } from '@cometkit/core';
import { classicFieldName, classicText, classicType } from './classic-names.ts';
import { EncodeError } from './errors.ts';
import { type ControlEvent, checkControl, type Field } from './fields.ts';
import type { Format, FormatName, ResponseContext, SessionFields } from './format.ts';
import { eventFields, flatData, gapFields, packedData, type TextField } from './item-fields.ts';

/** What differs between classic formats. */
export interface ClassicSyntax {
  readonly name: FormatName;
  readonly contentType: string;
  readonly streamable: boolean;
  readonly separator: string;
  /** Text between two fields. */
  readonly glue: string;
  /** Text that ends a frame. */
  readonly close: string;
  /** Global expression for characters that cannot be escaped; undefined when there are none. */
  readonly illegal: RegExp | undefined;
  prologue(context: ResponseContext): string;
  epilogue(context: ResponseContext): string;
  /** Returns the text that begins a frame. */
  open(context: ResponseContext): string;
  /** Returns whether a publisher's name can be written as it is, or escaped by `field`. */
  carriesName(name: string): boolean;
  /** Writes one field. `carriesName` accepts the name, and the value has no illegal character. */
  field(name: string, value: string): string;
  /** Writes a control event that is not an ordinary frame in this format. @returns undefined when it is ordinary. */
  special?(event: ControlEvent, context: ResponseContext): string | undefined;
}

/** A format of flat text fields. Data whose members it cannot carry is sent as one field of JSON. */
export class ClassicFormat implements Format {
  readonly name: FormatName;
  readonly contentType: string;
  readonly classic = true;
  readonly numbered = true;
  readonly streamable: boolean;
  readonly separator: string;
  /** True for the variant in which items have their cursor, and their data in one field. */
  readonly cursors: boolean;
  readonly #syntax: ClassicSyntax;
  #variant: ClassicFormat | undefined = undefined;

  constructor(syntax: ClassicSyntax, cursors = false) {
    this.name = syntax.name;
    this.contentType = syntax.contentType;
    this.streamable = syntax.streamable;
    this.separator = syntax.separator;
    this.cursors = cursors;
    this.#syntax = syntax;
  }

  /** Returns the variant in which items have their cursor. */
  withCursors(): ClassicFormat {
    if (this.cursors) return this;
    this.#variant ??= new ClassicFormat(this.#syntax, true);
    return this.#variant;
  }

  prologue(context: ResponseContext = {}): string {
    return this.#syntax.prologue(context);
  }

  epilogue(context: ResponseContext = {}): string {
    return this.#syntax.epilogue(context);
  }

  control(event: ControlEvent, context: ResponseContext = {}): string {
    checkControl(event);
    const special = this.#syntax.special?.(event, context);
    if (special !== undefined) return special;
    const fields = event.fields.map((field) => [classicFieldName(field[0]), classicText(field)] as const);
    const all = [['p_event', classicType(event.event)] as const, ...fields];
    return this.#syntax.open(context) + this.#strict(all) + this.#syntax.close;
  }

  shared(item: Item): string {
    const { glue, close } = this.#syntax;
    const own = this.#ownFields(item).map((field) =>
      this.#lossy(classicFieldName(field[0]), classicText(field)),
    );
    if (item.kind === 'data') {
      const flat = this.cursors
        ? undefined
        : this.#userFields(() => flatData(item, this.#syntax.carriesName));
      const user = flat ?? this.#strict([packedData(item)]);
      if (user !== '') own.push(user);
    }
    return own.join(glue) + close;
  }

  head(item: Item, session: SessionFields, context: ResponseContext = {}): string {
    const { glue } = this.#syntax;
    let text = this.#syntax.open(context) + this.#syntax.field('p_event', item.kind) + glue;
    if (session.sid !== undefined) text += this.#lossy('p_sid', session.sid) + glue;
    if (session.label !== undefined) text += this.#lossy('p_label', session.label) + glue;
    return text + this.#syntax.field('p_seq', String(session.seq)) + glue;
  }

  #ownFields(item: Item): readonly Field[] {
    if (item.kind === 'gap') return gapFields(item);
    return this.cursors ? eventFields(item, ['cursor', item.cursor]) : eventFields(item);
  }

  #userFields(fields: () => TextField[]): string | undefined {
    try {
      return this.#strict(fields());
    } catch (error) {
      if (error instanceof EncodeError) return undefined;
      throw error;
    }
  }

  #strict(fields: readonly TextField[]): string {
    const { illegal, glue } = this.#syntax;
    const texts: string[] = [];
    for (const [name, value] of fields) {
      const offset = illegal === undefined ? -1 : value.search(illegal);
      if (offset >= 0) throw new EncodeError('invalid-text', { field: name, offset });
      texts.push(this.#syntax.field(name, value));
    }
    return texts.join(glue);
  }

  #lossy(name: string, value: string): string {
    const { illegal } = this.#syntax;
    return this.#syntax.field(name, illegal === undefined ? value : value.replace(illegal, '\ufffd'));
  }
}
