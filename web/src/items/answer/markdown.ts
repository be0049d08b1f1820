/**
 * Markdown that grows at its end, at the price of its end.
 *
 * Blocks that can no longer change are kept as they are; only what follows them is read again. A
 * block is safe once a blank line and two more blocks stand behind it: nothing that still comes can
 * join it. Link definitions are the exception, since they act backwards: a new one makes us start over.
 */
import { Lexer, Parser, Renderer, type Token, type Tokens, type TokensList } from 'marked';
import { visible } from '../visible';
import { sanitise } from './sanitise';

export interface Block {
  key: number;
  html: string;
  /** The first sentence of an answer, which carries the figure. */
  lead: boolean;
}

interface Made extends Block {
  /** Before the sanitiser: when it is the same, so is what came out. */
  raw: string;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

class Quiet extends Renderer {
  /** Raw HTML is shown as what was written, but for the line break that table cells need. */
  override html({ text }: { text: string }): string {
    if (/^<br\s*\/?>\s*$/i.test(text)) return '<br>';
    if (/^\s*<!--[\s\S]*-->\s*$/.test(text)) return '';
    return escape(text);
  }
}

const OPTIONS = { gfm: true, breaks: false, renderer: new Quiet() };

type Links = TokensList['links'];

function read(text: string, links: Links): TokensList {
  const lexer = new Lexer(OPTIONS);
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(text);
}

function isSpace(token: Token | undefined): boolean {
  return token?.type === 'space';
}

/** How many tokens at the front can no longer change. */
function settled(tokens: Token[]): number {
  let after = 0;
  for (let i = tokens.length - 1; i >= 0; i -= 1) {
    const token = tokens[i];
    if (after >= 2 && isSpace(token) && /\n[ \t]*\n/.test(token?.raw ?? '')) return i + 1;
    if (!isSpace(token)) after += 1;
  }
  return 0;
}

function balanced(text: string): boolean {
  const times = (mark: RegExp) => (text.match(mark) ?? []).length;
  return (
    times(/`/g) % 2 === 0 &&
    times(/\*/g) % 2 === 0 &&
    times(/_/g) % 2 === 0 &&
    times(/~/g) % 2 === 0 &&
    times(/\[/g) === times(/\]/g) &&
    times(/\(/g) === times(/\)/g)
  );
}

const SENTENCE = /[.!?](?=\s+[\p{Lu}"“*_[`])/gu;

/** Split the first paragraph behind its first sentence. */
function firstSentence(text: string): [string, string] {
  for (const end of text.matchAll(SENTENCE)) {
    const at = end.index + 1;
    if (at >= 12 && balanced(text.slice(0, at))) return [text.slice(0, at), text.slice(at).trim()];
  }
  return [text, ''];
}

/** A lead longer than this is no headline; it reads better as the paragraph that it is. */
const LEAD_CHARS = 220;

export class Markdown {
  blocks: Block[] = [];
  #text = '';
  #kept: Made[] = [];
  #tail: Made[] = [];
  #cut = 0;
  /** The definitions that hold while blocks are made. */
  #inside: Links = {};
  /** The definitions inside what is kept. They can no longer change. */
  #links: Links = {};
  /** All the definitions that the kept blocks were made with. */
  #known = '{}';
  readonly #leading: boolean;

  constructor(leading = false) {
    this.#leading = leading;
  }

  /** Take the whole text as it is now, usually the old one and a little more. */
  update(given: string): Block[] {
    // As the lexer does it by itself; done here so that its tokens add up to our text.
    const text = visible(given.replace(/\r\n|\r/g, '\n'));
    if (text === this.#text) return this.blocks;
    if (!text.startsWith(this.#text)) this.#reset();
    this.#text = text;
    const tokens = read(text.slice(this.#cut), this.#links);
    if (JSON.stringify(tokens.links) === this.#known) this.#take(tokens);
    else this.#takeAll(text);
    this.blocks = [...this.#kept, ...this.#tail];
    return this.blocks;
  }

  #reset(): void {
    this.#kept = [];
    this.#tail = [];
    this.#cut = 0;
    this.#links = {};
    this.#known = '{}';
  }

  #takeAll(text: string): void {
    const old = this.#tail;
    this.#reset();
    this.#tail = old;
    const tokens = read(text, {});
    this.#known = JSON.stringify(tokens.links);
    this.#take(tokens);
  }

  #take(tokens: TokensList): void {
    const safe = settled(tokens);
    const front = tokens.slice(0, safe);
    const back = tokens.slice(safe);
    this.#inside = tokens.links;
    this.#kept = [...this.#kept, ...this.#make(front, this.#kept.length)];
    for (const token of front) {
      if (token.type !== 'def') continue;
      const { tag } = token as Tokens.Def;
      const defined = tokens.links[tag];
      if (defined) this.#links[tag] = defined;
    }
    this.#cut += front.reduce((sum, token) => sum + token.raw.length, 0);
    this.#tail = this.#make(back, this.#kept.length);
  }

  #make(tokens: Token[], from: number): Made[] {
    const made: Made[] = [];
    for (const token of tokens) {
      if (isSpace(token) || token.type === 'def') continue;
      const first = from + made.length === 0 && this.#leading;
      for (const [raw, lead] of this.#html(token, first)) {
        made.push(this.#block(from + made.length, raw, lead));
      }
    }
    return made;
  }

  #html(token: Token, first: boolean): [string, boolean][] {
    const whole = () => Parser.parse([token], OPTIONS);
    if (!first || token.type !== 'paragraph') return [[whole(), false]];
    const [head, rest] = firstSentence(token.raw.trim());
    if (head.length > LEAD_CHARS) return [[whole(), false]];
    const parts: [string, boolean][] = [[this.#paragraph(head), true]];
    if (rest !== '') parts.push([this.#paragraph(rest), false]);
    return parts;
  }

  #paragraph(text: string): string {
    return Parser.parse(read(text, this.#inside), OPTIONS);
  }

  #block(key: number, raw: string, lead: boolean): Made {
    const old = this.#tail.find((block) => block.key === key);
    if (old && old.raw === raw && old.lead === lead) return old;
    return { key, raw, lead, html: sanitise(raw) };
  }
}

/** A text that does not grow. */
export function renderMarkdown(text: string, leading = false): Block[] {
  return new Markdown(leading).update(text);
}
