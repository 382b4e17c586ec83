import { connect } from 'node:net';
import { readAnswer } from '../support/wire.ts';

/** One connection that will be reset. */
export interface Cut {
  /** What is asked and answered before. */
  readonly first?: string;
  /** The bytes that are written at last, made from the body of the answer to `first`. */
  readonly request: (body: string) => string;
  /** How many bytes of the answer to the last request are read before the reset; 0 resets when the request is out. */
  readonly after: number;
  /** Whether the server is given time to see the bytes before the reset. */
  readonly patient: boolean;
}

const patienceMs = 3;
const longestMs = 3000;

/** Makes a connection and resets it. @returns bytes of the last answer that had come. */
function cut(port: number, { first, request, after, patient }: Cut): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answered = Buffer.alloc(0);
    let asked = false;
    let received = 0;
    const reset = () => socket.resetAndDestroy();
    const timer = setTimeout(reset, longestMs);
    const ask = (body: string) => {
      asked = true;
      const out = () => after === 0 && setTimeout(reset, patient ? patienceMs : 0);
      const bytes = request(body);
      if (bytes === '') out();
      else socket.write(bytes, out);
    };
    socket.once('connect', () => (first === undefined ? ask('') : socket.write(first)));
    socket.on('data', (chunk) => {
      if (asked) received += chunk.length;
      else {
        answered = Buffer.concat([answered, chunk]);
        const { body, complete } = readAnswer(answered, false);
        if (complete) ask(body);
      }
      if (asked && after > 0 && received >= after) reset();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

/** Makes all cuts, so many at a time. @returns how many bytes each had got, in their order. */
export async function cutAll(port: number, cuts: readonly Cut[], atOnce = 48): Promise<number[]> {
  const results: number[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < cuts.length; index = next++) {
      results[index] = await cut(port, cuts[index] as Cut);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
