/**
 * Colours for code that is only shown. The editor has a real parser, but it is a large lazy chunk;
 * a page full of folded cards must not pay for it, and a half-streamed statement has no tree anyway.
 *
 * The result is text with kinds, never HTML, so there is nothing to escape.
 */
import type { Language } from '../../generated/protocol';

export type TokenKind =
  'plain' | 'keyword' | 'string' | 'number' | 'comment' | 'name' | 'operator' | 'hidden';

export interface Token {
  kind: TokenKind;
  text: string;
}

const words = (list: string) => new Set(list.split(' '));

const SQL = words(
  'select from where group by having order limit offset join left right full inner outer cross on using ' +
    'as and or not in is null like ilike between exists case when then else end with recursive union ' +
    'all intersect except distinct asc desc nulls first last over partition rows range unbounded ' +
    'preceding following current row filter values cast interval true false insert into update set ' +
    'delete create table view drop alter explain pragma attach copy qualify window lateral any some ' +
    'extract fetch next only returning',
);
const PYTHON = words(
  'and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda None nonlocal not or pass raise return True False try while with yield match case',
);

/** The alternatives stand in the order in which they win: comments and strings hide what is inside. */
const SQL_PARTS = String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))|(?<string>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$)|${'`'}[^${'`'}]*(?:${'`'}|$))|(?<number>\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<word>[A-Za-z_][\w$]*)|(?<operator>[-+*/%=<>!|&^~:;,.()[\]{}?@]+)`;
const PYTHON_PARTS = String.raw`(?<comment>#[^\n]*)|(?<string>[rRbBuUfF]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?))|(?<number>\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?j?\b)|(?<word>[A-Za-z_]\w*)|(?<operator>[-+*/%=<>!|&^~:;,.()[\]{}@]+)`;

const HIDDEN =
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\u200b-\\u200f\\u2060\\u061c\\ufeff]';

/** Longer texts are shown without colours: they are read by machines, and each token is an element. */
const MOST = 60_000;

function kindOf(
  groups: Record<string, string | undefined>,
  language: Language,
  next: string,
): TokenKind {
  if (groups.comment !== undefined) return 'comment';
  if (groups.string !== undefined) return 'string';
  if (groups.number !== undefined) return 'number';
  if (groups.operator !== undefined) return 'operator';
  const { word } = groups;
  if (word === undefined) return 'plain';
  if (language === 'sql' ? SQL.has(word.toLowerCase()) : PYTHON.has(word)) return 'keyword';
  return next === '(' ? 'name' : 'plain';
}

function push(tokens: Token[], kind: TokenKind, text: string): void {
  if (text === '') return;
  const last = tokens.at(-1);
  if (last && last.kind === kind) last.text += text;
  else tokens.push({ kind, text });
}

/** Characters that hide or reorder stand alone, wherever they are, also inside a string or comment. */
function pushSafely(tokens: Token[], kind: TokenKind, text: string): void {
  let at = 0;
  for (const found of text.matchAll(new RegExp(HIDDEN, 'g'))) {
    push(tokens, kind, text.slice(at, found.index));
    tokens.push({ kind: 'hidden', text: found[0] });
    at = found.index + found[0].length;
  }
  push(tokens, kind, text.slice(at));
}

export function highlight(text: string, language: Language): Token[] {
  const tokens: Token[] = [];
  if (text.length > MOST) {
    pushSafely(tokens, 'plain', text);
    return tokens;
  }
  const parts = new RegExp(language === 'sql' ? SQL_PARTS : PYTHON_PARTS, 'g');
  let at = 0;
  for (const found of text.matchAll(parts)) {
    pushSafely(tokens, 'plain', text.slice(at, found.index));
    at = found.index + found[0].length;
    pushSafely(tokens, kindOf(found.groups ?? {}, language, text[at] ?? ''), found[0]);
  }
  pushSafely(tokens, 'plain', text.slice(at));
  return tokens;
}
