/** Stands in front of the subjects under which comings and goings are told. Clients cannot publish there. */
export const presenceRoot = '/$presence';

/** Returns whether only the server may publish to a subject. */
export function isOfPresence(subject: string): boolean {
  return subject === presenceRoot || subject.startsWith(`${presenceRoot}/`);
}
