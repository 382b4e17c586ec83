const longest = 214;
const allowed = /^[a-z\d][a-z\d._-]*$/;
// The first two are npm's, the others are devices of Windows, with any ending.
const reserved = /^(?:node_modules|favicon\.ico|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?)$/;

/**
 * Checks the name of the package to be, which is the last part of its folder.
 *
 * @param dependencies - what the package depends on; npm does not install a package into one of its own name.
 * @returns why it cannot be; undefined when it can.
 */
export function nameFault(name: string, dependencies: readonly string[]): string | undefined {
  if (dependencies.includes(name)) return 'is the name of a package that it needs';
  if (reserved.test(name)) return 'is reserved';
  if (name.length > longest) return `is longer than ${longest} characters`;
  if (!allowed.test(name) || name.endsWith('.')) {
    const better = suggestion(name);
    const rule =
      'may have small letters a to z, digits, "-", "_" and ".", and begins with a letter or a digit';
    return better === undefined ? rule : `${rule}: try "${better}"`;
  }
  return undefined;
}

function suggestion(name: string): string | undefined {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const better = plain.replace(/[^a-z\d._-]+/g, '-').replace(/^[^a-z\d]+|[^a-z\d]+$/g, '');
  return better === '' || reserved.test(better) ? undefined : better.slice(0, longest);
}
