/** Which rows and columns stand in the visible part of a scrolled table. */

/** The height of a row at the browser's usual text size. */
export const ROW = 28;
const OVERSCAN = 8;

/** Above this a browser's own limit on element heights comes near; the scroll is scaled instead. */
const TALLEST = 12_000_000;

export interface Span {
  first: number;
  /** One past the last. */
  end: number;
}

export interface Viewport {
  rows: number;
  /** Pixels of one row. */
  row: number;
  top: number;
  height: number;
}

export function bodyHeight({ rows, row }: Viewport): number {
  return Math.min(rows * row, TALLEST);
}

export function rowsInView(view: Viewport): Span {
  const { rows, row, top, height } = view;
  const tall = bodyHeight(view);
  const fit = Math.ceil(height / row) + 1;
  const share = tall <= height ? 0 : Math.min(1, Math.max(0, top / (tall - height)));
  const at = rows * row > TALLEST ? Math.round(share * (rows - fit)) : Math.floor(top / row);
  const first = Math.max(0, Math.min(at, rows - fit) - OVERSCAN);
  return { first, end: Math.min(rows, Math.max(0, at) + fit + OVERSCAN) };
}

/** Where the first drawn row stands; with a scaled scroll, so that what is drawn is what is seen. */
export function offsetOf({ first, end }: Span, view: Viewport): number {
  if (view.rows * view.row <= TALLEST) return first * view.row;
  const room = bodyHeight(view) - (end - first) * view.row;
  return Math.max(0, Math.min(room, view.top - OVERSCAN * view.row));
}

/** The scroll position that brings a row into view, moving no further than needed. */
export function scrollTo(index: number, view: Viewport): number {
  const scale = bodyHeight(view) / (view.rows * view.row || 1);
  const top = index * view.row * scale;
  if (top < view.top) return top;
  const least = top + view.row - view.height;
  return least > view.top ? least : view.top;
}

/** Sums of widths: `edges[i]` is where column i begins. */
export function edgesOf(widths: number[]): number[] {
  const edges = [0];
  for (const width of widths) edges.push((edges.at(-1) ?? 0) + width);
  return edges;
}

export function columnsInView(edges: number[], left: number, width: number): Span {
  const count = edges.length - 1;
  let first = 0;
  let last = count;
  while (first < last) {
    const middle = (first + last) >> 1;
    if ((edges[middle + 1] ?? 0) <= left) first = middle + 1;
    else last = middle;
  }
  let end = first;
  while (end < count && (edges[end] ?? 0) < left + width) end += 1;
  return { first: Math.max(0, first - 2), end: Math.min(count, end + 2) };
}
