/** Where the keyboard stands in a grid, and how a key moves it. Row -1 is the header. */

export interface Place {
  row: number;
  column: number;
}

export interface Bounds {
  rows: number;
  columns: number;
  /** Rows that a page key jumps. */
  page: number;
}

const HEADER = -1;

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** Where a key leads from `at`; undefined when it is no key of movement. */
export function moved(
  at: Place,
  key: string,
  whole: boolean,
  { rows, columns, page }: Bounds,
): Place | undefined {
  const lastRow = rows - 1;
  const lastColumn = columns - 1;
  const to = (row: number, column: number): Place => ({
    row: clamp(row, HEADER, lastRow),
    column: clamp(column, 0, Math.max(0, lastColumn)),
  });
  switch (key) {
    case 'ArrowDown':
      return to(whole ? lastRow : at.row + 1, at.column);
    case 'ArrowUp':
      return to(whole ? Math.min(0, lastRow) : at.row - 1, at.column);
    case 'ArrowLeft':
      return to(at.row, whole ? 0 : at.column - 1);
    case 'ArrowRight':
      return to(at.row, whole ? lastColumn : at.column + 1);
    case 'PageDown':
      return to(at.row + page, at.column);
    case 'PageUp':
      return to(at.row < 0 ? HEADER : Math.max(0, at.row - page), at.column);
    case 'Home':
      return to(whole ? 0 : at.row, 0);
    case 'End':
      return to(whole ? lastRow : at.row, lastColumn);
    default:
      return undefined;
  }
}

export interface Area {
  top: number;
  /** One past the last row. */
  bottom: number;
  left: number;
  /** One past the last column. */
  right: number;
}

export function areaOf(from: Place, to: Place): Area {
  return {
    top: Math.max(0, Math.min(from.row, to.row)),
    bottom: Math.max(from.row, to.row) + 1,
    left: Math.min(from.column, to.column),
    right: Math.max(from.column, to.column) + 1,
  };
}

export function holds(area: Area, row: number, column: number): boolean {
  return row >= area.top && row < area.bottom && column >= area.left && column < area.right;
}
