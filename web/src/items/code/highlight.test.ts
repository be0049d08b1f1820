import { expect, test } from 'vitest';
import { highlight } from './highlight';
import { growth, LINEAR } from '../../../tests/unit/growth';

const text = (code: string, language: 'sql' | 'python') =>
  highlight(code, language)
    .map((token) => token.text)
    .join('');
const kinds = (code: string, language: 'sql' | 'python', kind: string) =>
  highlight(code, language)
    .filter((token) => token.kind === kind)
    .map((token) => token.text);

test('nothing is lost or added', () => {
  const codes = [
    `SELECT "a b", 'it''s' FROM t -- end\n/* open`,
    'def f(x):\n    """doc\n    """\n    return f"{x!r}" # c',
    "'",
    '"""never closed',
    'é ∑ 👩‍🚀 <script>',
    '',
  ];
  for (const code of codes) {
    expect(text(code, 'sql')).toBe(code);
    expect(text(code, 'python')).toBe(code);
  }
});

test('keywords inside strings and comments stay what they are in', () => {
  expect(kinds("SELECT 'FROM' -- WHERE", 'sql', 'keyword')).toEqual(['SELECT']);
  expect(kinds('return "if" # else', 'python', 'keyword')).toEqual(['return']);
});

test('numbers and calls are told apart', () => {
  expect(kinds('SELECT sum(x) + 1.5e3 FROM t2', 'sql', 'number')).toEqual(['1.5e3']);
  expect(kinds('SELECT coalesce(x, 0)', 'sql', 'name')).toEqual(['coalesce']);
});

test('characters that hide stand alone wherever they are', () => {
  expect(kinds("role = 'user\u202e⁦-- admin'", 'sql', 'hidden')).toEqual(['\u202e', '\u2066']);
});

test('long and hostile code costs no time', async () => {
  const hostile = (size: number) => {
    highlight('('.repeat(size), 'sql');
    highlight("'".repeat(size + 1), 'sql');
    highlight('/*'.repeat(size / 2), 'sql');
    highlight('"""' + 'x'.repeat(size), 'python');
  };
  expect(await growth(hostile, 14_000)).toBeLessThan(LINEAR);
  expect(highlight('x'.repeat(1_000_000), 'python')).toHaveLength(1);
});
