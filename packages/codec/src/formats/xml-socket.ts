import type { Item } from '@cometkit/core';
import type { Format } from '../format.ts';
import { xmlStrictFormat } from './xml-strict.ts';

const end = '\0';

/**
 * The format of XMLSocket: elements in the syntax of `xml-strict`, each ended by a NUL.
 *
 * Every published event has its cursor, so that the client can acknowledge and resume, and a frame is the same for every session.
 * No `p_format` selects it, because it is used on sockets only.
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

// The fields of a gap already contain the cursor.
function cursorOf(item: Item): string {
  return item.kind === 'data' ? `p_cur="${item.cursor}" ` : '';
}
