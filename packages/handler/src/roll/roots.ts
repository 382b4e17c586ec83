/** Stands in front of the subjects under which comings and goings are told. Clients cannot publish there. */
export const presenceRoot = '/$presence';
/** The same of nodes that want to run the source of a subject. No client hears of it. */
export const sourceRoot = '/$source';

/** Returns whether only the server may publish to a subject. */
export function isToldByServer(subject: string): boolean {
  return [presenceRoot, sourceRoot].some((root) => subject === root || subject.startsWith(`${root}/`));
}
