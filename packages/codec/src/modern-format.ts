import type { Item } from '@cometkit/core';
import { controlEnvelope } from './envelope.ts';
import type { ControlEvent } from './fields.ts';
import type { Format, FormatName } from './format.ts';

/** What differs between modern formats. */
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
  /** Encodes the frame of an item. */
  item(item: Item): string;
  /** Encodes the frame of a control event that was checked; `json` is its JSON object. */
  control(event: ControlEvent, json: string): string;
}

/** A format of JSON, whose frames are the same for every session. */
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
