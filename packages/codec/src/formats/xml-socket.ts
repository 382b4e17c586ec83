import type { Item } from '@cometkit/core';
import type { Format } from '../format.ts';
import { xmlStrictFormat } from './xml-strict.ts';

const end = '\0';

/**
 * Elements that each end with a NUL, as XMLSocket has them: the syntax of `xml-strict` with the fields of the modern wire.
 *
 * Shape: every published event carries its cursor, so that its reader can acknowledge and resume; a frame is the same for
 * every session. It answers to no `p_format`: a socket is read in it, not a response.
 */
export const xmlSocketFormat: Format = {
  name: 'xml-strict',
  contentType: 'text/xml;charset=UTF-8',
  classic: false,
  cursors: true,
  numbered: false,
  streamable: true,
  separator: '',
  prologue: () => '',
  epilogue: () => '',
  control: (event) => xmlStrictFormat.control(event) + end,
  shared: (item) => `<event p_event="${item.kind}" ${cursorOf(item)}${xmlStrictFormat.shared(item)}${end}`,
  head: () => '',
};

// The fields of a gap have it already.
function cursorOf(item: Item): string {
  return item.kind === 'data' ? `p_cur="${item.cursor}" ` : '';
}
