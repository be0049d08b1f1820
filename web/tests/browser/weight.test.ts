import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

const page = fileURLToPath(new URL('../../../gateway/page/', import.meta.url));

interface Part {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
}

const parts = JSON.parse(readFileSync(`${page}manifest.json`, 'utf8')) as Record<string, Part>;

/** A part with everything that it cannot be run without. */
function whole(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const other of parts[name]?.imports ?? []) whole(other, seen);
  return seen;
}

function weigh(names: Iterable<string>): number {
  let bytes = 0;
  for (const name of names) {
    const file = parts[name]?.file;
    if (file?.endsWith('.js')) bytes += gzipSync(readFileSync(page + file), { level: 9 }).length;
  }
  return bytes / 1024;
}

const entry = Object.keys(parts).find((name) => parts[name]?.isEntry) ?? '';

describe('the page as it is built', () => {
  test('is usable after at most 80 KB of JavaScript', () => {
    expect(weigh(whole(entry))).toBeLessThanOrEqual(80);
  });

  test('brings editor and charts only when something shows them', () => {
    const eager = whole(entry);
    const session = new Set([...eager, ...whole('src/app/run/Runs.svelte')]);
    for (const name of session) expect(name).not.toMatch(/vega|editor/i);
  });

  test('asks nobody else for anything', () => {
    const html = readFileSync(`${page}index.html`, 'utf8');
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
  });
});
