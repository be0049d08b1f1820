/** How well Python is locked in, in words: the level comes first in what the server says. */

const LEVELS = [
  'Nothing is held back: this Python can do all that the server can.',
  'Little holds: limits on what it may use, but it can see files and the network.',
  'Files, the network and the server’s own processes are out of its reach.',
  'Files, network and server are out of its reach, and its memory and processes are bounded.',
  'It lives in a file tree, process list and network of its own, with bounded memory.',
] as const;

export interface Isolation {
  level: number;
  says: string;
  /** What it rests on. */
  by: string;
  /** Too little for code that nobody has read. */
  weak: boolean;
}

export function isolationSays(words: string | undefined): Isolation | undefined {
  const found = /^L([0-4]): ?(.*)$/s.exec(words ?? '');
  if (!found) return undefined;
  const level = Number(found[1]);
  return { level, says: LEVELS[level] ?? '', by: found[2] ?? '', weak: level < 2 };
}
