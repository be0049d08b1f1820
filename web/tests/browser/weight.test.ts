import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

const page = fileURLToPath(new URL('../../../gateway/page/', import.meta.url));

interface Part {
  file: string;
  isEntry?: boolean;
  isDynamicEntry?: boolean;
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
  const eager = whole(entry);
  const session = new Set([...eager, ...whole('src/app/run/Runs.svelte')]);

  test('is usable after at most 60 KB of JavaScript', () => {
    expect(weigh(eager)).toBeLessThanOrEqual(60);
  });

  test('shows a session after at most 95 KB', () => {
    expect(weigh(session)).toBeLessThanOrEqual(95);
  });

  test('brings what few sessions show only when something shows it', () => {
    const files = [...session].map((name) => `${name} ${parts[name]?.file}`).join('\n');
    expect(files).not.toMatch(/vega|editor\.ts|markdown|chartview|form|palette/i);
    for (const part of ['items/answer/MarkdownBlocks', 'app/inspector/Panels']) {
      expect(parts[`src/${part}.svelte`], part).toHaveProperty('isDynamicEntry', true);
    }
  });

  test('asks nobody else for anything', () => {
    const html = readFileSync(`${page}index.html`, 'utf8');
    expect(html).not.toMatch(/https?:\/\//);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
  });
});
