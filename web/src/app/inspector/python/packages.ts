/** Which packages Python has, from the words in which the server tells of its environment. */

export interface Packages {
  /** Whose they are. */
  says: string;
  names: { name: string; version: string }[];
}

/** Read `its own: pandas 3.1.1, polars 2.1.0`; other words are left as they are. */
export function packagesOf(words: string | undefined): Packages | undefined {
  if (!words) return undefined;
  const [, whose = '', rest = ''] = /^([^:]*): (.*)$/s.exec(words) ?? [];
  const names = rest.split(', ').map((one) => {
    const [, name = '', version = ''] = /^(\S+) (\S+)$/.exec(one) ?? [];
    return { name, version };
  });
  if (!whose || names.some(({ name }) => !name)) return { says: words, names: [] };
  const own = whose === 'its own';
  return { says: own ? 'An environment of its own, apart from the server’s.' : whose, names };
}
