import type { Item } from '@cometkit/core';
import { controlEnvelope } from './envelope.ts';
import type { ControlEvent } from './fields.ts';
import type { Format, FormatName } from './format.ts';

/** What sets one modern format apart from another. */
export interface ModernSyntax {
  readonly name: FormatName;
  readonly contentType: string;
  /** @defaultValue nothing */
  readonly prologue?: string;
  /** @defaultValue nothing */
  readonly epilogue?: string;
  /** @defaultValue nothing */
  readonly separator?: string;
  /** @defaultValue true */
  readonly streamable?: boolean;
  /** The frame of an item. */
  item(item: Item): string;
  /** The frame of a checked control event, whose JSON object is given. */
  control(event: ControlEvent, json: string): string;
}

/** A format of JSON, in which a frame is the same for every session. */
export class ModernFormat implements Format {
  readonly name: FormatName;
  readonly contentType: string;
  readonly classic = false;
  readonly cursors = true;
  readonly numbered = false;
  readonly streamable: boolean;
  readonly separator: string;
  readonly #syntax: ModernSyntax;

  constructor(syntax: ModernSyntax) {
    this.name = syntax.name;
    this.contentType = syntax.contentType;
    this.streamable = syntax.streamable ?? true;
    this.separator = syntax.separator ?? '';
    this.#syntax = syntax;
  }

  prologue(): string {
    return this.#syntax.prologue ?? '';
  }

  epilogue(): string {
    return this.#syntax.epilogue ?? '';
  }

  control(event: ControlEvent): string {
    return this.#syntax.control(event, controlEnvelope(event));
  }

  shared(item: Item): string {
    return this.#syntax.item(item);
  }

  head(): string {
    return '';
  }
}
