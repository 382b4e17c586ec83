import { block, blocksOf } from '../docs/blocks.ts';
import { type } from '../docs/stage.ts';

/** The files that a guide shows: every block that begins with a comment which names one. Blocks of one file are parts of it, in their order. */
export function filesOfGuide(name: string): Map<string, string> {
  return filesOf(`docs/guides/${name}.md`);
}

/** The same of any document. */
export function filesOf(document: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, text } of blocksOf(document))
    if (file !== undefined) files.set(file, `${files.get(file) ?? ''}${text}`);
  return files;
}

/**
 * Types the curl lines of a guide: the first one watches, the second, where there is one, makes the server publish.
 *
 * @returns what the first one has printed once `enough` says so; `listening` is called when it receives.
 */
export async function watchAsShown(
  name: string,
  address: string,
  enough: (output: string) => boolean,
  listening: () => unknown = () => undefined,
): Promise<string> {
  const { text } = block(`docs/guides/${name}.md`, 'curl -N');
  const [watch = '', publish] = text.trim().replaceAll('http://localhost:3000', address).split('\n');
  let begun = false;
  return type(watch, (output) => {
    if (!begun && output.includes('"heartbeat"')) {
      begun = true;
      listening();
      if (publish !== undefined) void type(publish);
    }
    return enough(output);
  });
}
