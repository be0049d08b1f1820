/** A long text as the part of it that is worth drawing: its beginning and its end. */
import { hasEscapes, paintAfter, readLine, type Paint, type Span } from './ansi';

/** Lines at either end of a folded text; above twice this and a bit the middle folds away. */
export const ENDS = 10;
const SLACK = 6;
/** One line longer than this is cut: laying out a megabyte without a break stops a browser. */
const LINE_CHARS = 2000;
/** Unfolded, no more than this is drawn; a download has the rest. */
const MOST = 5000;

export interface Line {
  /** Its number in the whole text, from 1. */
  number: number;
  spans: Span[];
  /** Characters that were cut off its end. */
  cut: number;
}

export interface Folded {
  head: Line[];
  /** Lines between head and tail that are not drawn. */
  hidden: number;
  tail: Line[];
  total: number;
}

function draw(raw: string[], first: number, start: Paint): { lines: Line[]; paint: Paint } {
  let paint = start;
  const lines = raw.map((text, i) => {
    // A progress bar rewrites its line many times: only what follows the last rewrites can be seen.
    const shown = text.length > LINE_CHARS * 4 ? shorten(text) : text;
    const read = readLine(shown, paint);
    paint = read.paint;
    const { spans, cut } = clip(read.spans);
    return { number: first + i, spans, cut: cut + text.length - shown.length };
  });
  return { lines, paint };
}

function shorten(text: string): string {
  const back = text.lastIndexOf('\r', text.length - 2);
  if (back < 0) return text.slice(0, LINE_CHARS * 4);
  return text.slice(back + 1).slice(0, LINE_CHARS * 4);
}

function clip(spans: Span[]): { spans: Span[]; cut: number } {
  let room = LINE_CHARS;
  let cut = 0;
  const kept: Span[] = [];
  for (const span of spans) {
    if (span.text.length <= room) kept.push(span);
    else {
      if (room > 0) kept.push({ text: span.text.slice(0, room), paint: span.paint });
      cut += span.text.length - room;
    }
    room = Math.max(0, room - span.text.length);
  }
  return { spans: kept, cut };
}

export function foldLines(text: string, open: boolean): Folded {
  const raw = text.split('\n');
  if (raw.at(-1) === '') raw.pop();
  const total = raw.length;
  const ends = open ? MOST / 2 : ENDS;
  if (total <= ends * 2 + SLACK) {
    return { head: draw(raw, 1, {}).lines, hidden: 0, tail: [], total };
  }
  const head = draw(raw.slice(0, ends), 1, {});
  // Joined only where there are colours to carry over: this runs again with every line that comes.
  const middle = hasEscapes(text) ? raw.slice(ends, total - ends).join('\n') : '';
  const tail = draw(raw.slice(total - ends), total - ends + 1, paintAfter(middle, head.paint));
  return { head: head.lines, hidden: total - ends * 2, tail: tail.lines, total };
}

/** The last line of a traceback says what happened: it is shown first. */
export function lastLine(traceback: string): string {
  const lines = traceback.trimEnd().split('\n');
  const { spans } = readLine(lines.at(-1) ?? '');
  return spans
    .map((span) => span.text)
    .join('')
    .trim();
}

/** A text without its colours, for copying and for asking about it. */
export function plainText(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      readLine(line)
        .spans.map((span) => span.text)
        .join(''),
    )
    .join('\n');
}
