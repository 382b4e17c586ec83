/** Returns the later of two cursors; the second where they are of different logs. */
export function later(first: string | undefined, second: string | undefined): string | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const [[epoch, position = ''], [otherEpoch, otherPosition = '']] = [first.split('-'), second.split('-')];
  const behind = epoch === otherEpoch && Number.parseInt(otherPosition, 36) < Number.parseInt(position, 36);
  return behind ? first : second;
}
