const finalText = 0x81;
const shortest = 126;
const longest16 = 0xffff;

/**
 * Encodes lines as WebSocket frames, one text message for each line.
 *
 * @returns the frames in one buffer. A server does not mask its frames, so all sockets can share the same bytes.
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export function encodeFrames(lines: string): Uint8Array {
  const texts = lines.split('\n').filter((line) => line !== '');
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const total = lengths.reduce((sum, length) => sum + headerLength(length) + length, 0);
  // Not from the pool: what many sockets hold for long must not keep its neighbours alive.
  const bytes = Buffer.allocUnsafeSlow(total);
  let offset = 0;
  for (const [index, text] of texts.entries()) {
    offset = writeHeader(bytes, offset, lengths[index] ?? 0);
    offset += bytes.write(text, offset);
  }
  return bytes;
}

function headerLength(payload: number): number {
  if (payload < shortest) return 2;
  return payload <= longest16 ? 4 : 10;
}

function writeHeader(bytes: Buffer, offset: number, payload: number): number {
  bytes[offset] = finalText;
  if (payload < shortest) {
    bytes[offset + 1] = payload;
    return offset + 2;
  }
  if (payload <= longest16) {
    bytes[offset + 1] = 126;
    return bytes.writeUInt16BE(payload, offset + 2);
  }
  bytes[offset + 1] = 127;
  return bytes.writeBigUInt64BE(BigInt(payload), offset + 2);
}
