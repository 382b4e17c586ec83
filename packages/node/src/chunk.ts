const lineEnd = Buffer.from('\r\n', 'latin1');

// As many as formats take turns in one flush.
const kept = 4;

const lastBytes: (Uint8Array | undefined)[] = new Array(kept).fill(undefined);
const lastChunks: (Buffer | undefined)[] = new Array(kept).fill(undefined);
let next = 0;

// Chunks of large batches, which are shared by clients that catch up, each in its own time.
const largeBytes = 16_384;
const large = new WeakMap<Uint8Array, Buffer>();

/**
 * Frames bytes as one chunk of HTTP/1.1, in one buffer.
 *
 * @returns the same buffer for the same bytes, so that clients that get the same events in one flush share it.
 */
export function toChunk(bytes: Uint8Array): Buffer {
  for (let at = 0; at < kept; at += 1) {
    const chunk = lastBytes[at] === bytes ? lastChunks[at] : undefined;
    if (chunk !== undefined) return chunk;
  }
  const chunk = bytes.length < largeBytes ? framed(bytes) : largeChunk(bytes);
  lastBytes[next] = bytes;
  lastChunks[next] = chunk;
  next = (next + 1) % kept;
  return chunk;
}

function largeChunk(bytes: Uint8Array): Buffer {
  const known = large.get(bytes);
  if (known !== undefined) return known;
  const chunk = framed(bytes);
  large.set(bytes, chunk);
  return chunk;
}

function framed(bytes: Uint8Array): Buffer {
  const length = `${bytes.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(length.length + bytes.length + lineEnd.length);
  chunk.write(length, 'latin1');
  chunk.set(bytes, length.length);
  chunk.set(lineEnd, length.length + bytes.length);
  return chunk;
}
