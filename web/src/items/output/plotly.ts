/**
 * Plotly, behind one function. Figures come from code that nobody may have read: nothing in one may
 * fetch anything, and its texts can hold only the few marks that Plotly itself lets through.
 */
import type { Json } from '../../generated/protocol';

export interface Figure {
  end(): void;
}

interface Library {
  newPlot(at: HTMLElement, data: unknown, layout: unknown, config: unknown): Promise<unknown>;
  purge(at: HTMLElement): void;
}

/** Kinds that this page's build of Plotly draws: those of a plane, without maps and solids. */
const FLAT: ReadonlySet<string> = new Set([
  'bar',
  'box',
  'contour',
  'heatmap',
  'histogram',
  'histogram2d',
  'histogram2dcontour',
  'pie',
  'scatter',
  'violin',
]);

type Part = { [key: string]: Json };

export async function drawFigure(at: HTMLElement, figure: Json, dark: boolean): Promise<Figure> {
  if (!isPart(figure) || !Array.isArray(figure.data)) throw new Error('it holds no figure.');
  const traces = figure.data.filter(isPart);
  const strange = traces.find((one) => !FLAT.has(String(one.type ?? 'scatter')));
  if (strange) throw new Error(`this page does not draw the kind “${String(strange.type)}”.`);
  const { default: library } = (await import('plotly.js-cartesian-dist-min')) as unknown as {
    default: Library;
  };
  const layout = layoutOf(isPart(figure.layout) ? figure.layout : {}, at, dark);
  await library.newPlot(at, traces, layout, { displaylogo: false, responsive: true });
  return { end: () => library.purge(at) };
}

function layoutOf(given: Part, at: HTMLElement, dark: boolean): Part {
  // Images are the one thing in a layout that could be fetched from elsewhere.
  const { images: _, width: __, ...layout } = given;
  const look = getComputedStyle(at);
  const ink = dark ? '#ececf2' : '#1c1c24';
  return {
    ...layout,
    autosize: true,
    height: typeof given.height === 'number' ? Math.min(given.height, 1200) : 380,
    font: {
      family: look.fontFamily,
      size: 12,
      color: ink,
      ...(isPart(given.font) ? given.font : {}),
    },
    paper_bgcolor: 'rgba(0,0,0,0)',
    ...(dark ? { plot_bgcolor: 'rgba(0,0,0,0)' } : {}),
  };
}

function isPart(value: Json | undefined): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
