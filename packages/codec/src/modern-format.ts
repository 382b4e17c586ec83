import type { Item } from '@cometkit/core';
import { controlEnvelope, itemEnvelope } from './envelope.ts';
import type { ControlEvent } from './fields.ts';
import type { Format, FormatName } from './format.ts';

/** What sets one modern format apart from another. */
export interface ModernSyntax {
  readonly name: FormatName;
  readonly contentType: string;
  readonly prologue: string;
  /** The frame of an item. */
  item(item: Item, json: string): string;
  /** The frame of a checked control event. */
  control(event: ControlEvent, json: string): string;
}

/** A format of JSON envelopes: a frame is the same for every session. */
export class ModernFormat implements Format {
  readonly name: FormatName;
  readonly contentType: string;
  readonly classic = false;
  readonly streamable = true;
  readonly separator = '';
  readonly #syntax: ModernSyntax;

  constructor(syntax: ModernSyntax) {
    this.name = syntax.name;
    this.contentType = syntax.contentType;
    this.#syntax = syntax;
  }

  prologue(): string {
    return this.#syntax.prologue;
  }

  epilogue(): string {
    return '';
  }

  control(event: ControlEvent): string {
    return this.#syntax.control(event, controlEnvelope(event));
  }

  shared(item: Item): string {
    return this.#syntax.item(item, itemEnvelope(item));
  }

  head(): string {
    return '';
  }
}
