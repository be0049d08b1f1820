/**
 * Terminal text as spans with styles. Never HTML: what a program prints has no way into the page.
 *
 * Colours and weights (SGR) are kept, carriage returns and erases act on their line as in a
 * terminal, and every other sequence (cursor moves, titles, links) is dropped.
 */

export interface Paint {
  /** One of the sixteen named colours, for the page's own palette. */
  color?: number;
  background?: number;
  /** An exact colour, as `rgb(...)` made from numbers only. */
  exact?: string;
  exactBackground?: string;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  inverse?: boolean;
}

export interface Span {
  text: string;
  paint: Paint;
}

const ESC = '\u001b';
// CSI, OSC (to BEL or ST), and the short two-character sequences.
const SEQUENCE =
  /\u001b(?:\[([0-?]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~]?)/g;

export function hasEscapes(text: string): boolean {
  return text.includes(ESC);
}

function palette(index: number): Pick<Paint, 'color' | 'exact'> {
  if (index < 16) return { color: index };
  if (index > 255 || Number.isNaN(index)) return {};
  if (index >= 232) {
    const grey = (index - 232) * 10 + 8;
    return { exact: `rgb(${grey} ${grey} ${grey})` };
  }
  const level = (part: number) => (part === 0 ? 0 : part * 40 + 55);
  const cube = index - 16;
  const [r, g, b] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
  return { exact: `rgb(${r} ${g} ${b})` };
}

/** Read the colour after a 38 or 48, and say how many codes it took. */
function extended(codes: number[], at: number): [Pick<Paint, 'color' | 'exact'>, number] {
  if (codes[at] === 5) return [palette(codes[at + 1] ?? Number.NaN), 2];
  if (codes[at] !== 2) return [{}, 1];
  const parts = codes.slice(at + 1, at + 4);
  if (parts.length < 3 || parts.some((part) => !(part >= 0 && part <= 255))) return [{}, 4];
  return [{ exact: `rgb(${parts.join(' ')})` }, 4];
}

function without(paint: Paint, ...keys: (keyof Paint)[]): Paint {
  const rest = { ...paint };
  for (const key of keys) delete rest[key];
  return rest;
}

const ON: Record<number, Paint> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
};
const OFF: Record<number, (keyof Paint)[]> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  29: ['strike'],
  39: ['color', 'exact'],
  49: ['background', 'exactBackground'],
};

function repaint(paint: Paint, parameters: string): Paint {
  const codes = parameters.split(/[;:]/).map((code) => (code === '' ? 0 : Number(code)));
  let next = paint;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) next = {};
    else if (ON[code]) next = { ...next, ...ON[code] };
    else if (OFF[code]) next = without(next, ...OFF[code]);
    else if (code === 38 || code === 48) {
      const [{ color, exact }, took] = extended(codes, at + 1);
      at += took;
      if (code === 38) {
        next = without(next, 'color', 'exact');
        if (color !== undefined) next.color = color;
        if (exact !== undefined) next.exact = exact;
      } else {
        next = without(next, 'background', 'exactBackground');
        if (color !== undefined) next.background = color;
        if (exact !== undefined) next.exactBackground = exact;
      }
    } else if (code >= 30 && code <= 37) next = { ...without(next, 'exact'), color: code - 30 };
    else if (code >= 90 && code <= 97) next = { ...without(next, 'exact'), color: code - 82 };
    else if (code >= 40 && code <= 47)
      next = { ...without(next, 'exactBackground'), background: code - 40 };
    else if (code >= 100 && code <= 107)
      next = { ...without(next, 'exactBackground'), background: code - 92 };
  }
  return next;
}

/** A cell of a terminal line, while returns still may overwrite it. */
interface Cells {
  chars: string[];
  paints: Paint[];
  at: number;
}

function write(line: Cells, text: string, paint: Paint): void {
  for (const char of text) {
    if (char === '\r') line.at = 0;
    else if (char === '\b') line.at = Math.max(0, line.at - 1);
    else if (char === '\t' || char >= ' ') {
      line.chars[line.at] = char;
      line.paints[line.at] = paint;
      line.at += 1;
    }
  }
}

function erase(line: Cells, mode: string): void {
  if (mode === '' || mode === '0') {
    line.chars.length = Math.min(line.chars.length, line.at);
    line.paints.length = line.chars.length;
  } else {
    const all = mode === '2';
    for (let i = 0; i < line.chars.length; i += 1) if (all || i <= line.at) line.chars[i] = ' ';
  }
}

function spansOf(line: Cells): Span[] {
  const spans: Span[] = [];
  line.chars.forEach((char, i) => {
    const paint = line.paints[i] ?? {};
    const last = spans.at(-1);
    if (last && last.paint === paint) last.text += char;
    else spans.push({ text: char, paint });
  });
  return spans;
}

/** Read one line; the paint it ends with is where the next one starts. */
export function readLine(raw: string, start: Paint = {}): { spans: Span[]; paint: Paint } {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  if (!/[\u001b\r\b]/.test(text)) {
    return { spans: text === '' ? [] : [{ text, paint: start }], paint: start };
  }
  const line: Cells = { chars: [], paints: [], at: 0 };
  let paint = start;
  let from = 0;
  for (const found of text.matchAll(SEQUENCE)) {
    write(line, text.slice(from, found.index), paint);
    from = found.index + found[0].length;
    const [, parameters = '', final] = found;
    if (final === 'm') paint = repaint(paint, parameters);
    else if (final === 'K') erase(line, parameters);
  }
  write(line, text.slice(from), paint);
  return { spans: spansOf(line), paint };
}

/** The paint after a text that is not shown, such as the folded middle of a long output. */
export function paintAfter(text: string, start: Paint = {}): Paint {
  if (!hasEscapes(text)) return start;
  let paint = start;
  for (const found of text.matchAll(SEQUENCE)) {
    if (found[2] === 'm') paint = repaint(paint, found[1] ?? '');
  }
  return paint;
}
