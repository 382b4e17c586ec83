import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { Program } from '../support/program.ts';

/** An example as a process of its own, on a free port. */
export interface Example {
  readonly program: Program;
  readonly origin: string;
}

/** Starts the example of that name and waits for the address that it prints. @throws it is not built, or printed none. */
export async function startExample(name: string, env: Record<string, string> = {}): Promise<Example> {
  const folder = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  const program = Program.start(folder, ['server.mjs'], { PORT: '0', ...env });
  let code: number | null | undefined;
  void program.ended.then((ended) => {
    code = ended;
  });
  const port = await eventually('the address of the example', () => {
    if (code !== undefined) throw new Error(`ended with ${code}:\n${program.output}`);
    return /http:\/\/localhost:(\d+)\//.exec(program.output)?.[1];
  });
  return { program, origin: `http://127.0.0.1:${port}` };
}
