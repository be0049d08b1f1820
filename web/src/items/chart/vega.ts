/**
 * Vega, behind one function. Imported only when a chart is there to draw: it is larger than all the
 * rest of the page.
 */
import { loader, parse, View, type Loader, type Spec as VegaSpec } from 'vega';
import { expressionInterpreter } from 'vega-interpreter';
import { compile, type TopLevelSpec } from 'vega-lite';
import { ChartProblem, isComposed, type Spec } from './specs';
import { configFor, type Theme } from './theme';

export interface Drawn {
  resize(width: number): void;
  svg(): Promise<string>;
  png(): Promise<string>;
  end(): void;
}

export interface Hover {
  x: number;
  y: number;
  lines: [string, string][];
}

const CLOSED = 'Charts load nothing from outside the session.';

/** Whatever a spec asks for, nothing leaves the page. */
function closedLoader(): Loader {
  const refuse = () => Promise.reject(new Error(CLOSED));
  return { ...loader(), load: refuse, sanitize: refuse, http: refuse, file: refuse } as Loader;
}

/** Months in three letters, so that a year's twelve stand side by side. */
const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const short = (name: string) => name.slice(0, 3);
const SHORT_MONTHS = {
  dateTime: '%x, %X',
  date: '%-d %b %Y',
  time: '%H:%M:%S',
  periods: ['AM', 'PM'],
  days: DAYS,
  shortDays: DAYS.map(short),
  months: MONTHS.map(short),
  shortMonths: MONTHS.map(short),
};

const MARKS_IN_SVG = 3000;
const HOVER_LINES = 12;

/** Vega hands over whatever the spec's tooltip says; only plain texts and numbers are shown. */
function hoverLines(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null) {
    return value === undefined || value === null || value === '' ? [] : [['', String(value)]];
  }
  return Object.entries(value)
    .filter(([, part]) => typeof part !== 'object')
    .slice(0, HOVER_LINES)
    .map(([key, part]) => [key, String(part)]);
}

function size(spec: Spec, width: number): Spec {
  // A faceted or joined chart has no single width to fit; it keeps its own and scrolls.
  const parts = ['hconcat', 'vconcat', 'concat', 'repeat', 'facet', 'spec'];
  const encoding = spec.encoding as Record<string, unknown> | undefined;
  const faceted = encoding && ['row', 'column', 'facet'].some((channel) => channel in encoding);
  if (parts.some((key) => key in spec) || faceted) return spec;
  const height =
    typeof spec.height === 'number' ? Math.min(800, Math.max(80, spec.height)) : undefined;
  return {
    ...spec,
    width,
    ...(height === undefined ? withoutHeight(spec) : { height }),
    autosize: { type: 'fit', contains: 'padding' },
  };
}

/** Bars that lie need room by their number; all else gets a height that suits a page. */
function withoutHeight(spec: Spec): Spec {
  const y = (spec.encoding as { y?: { type?: string } } | undefined)?.y;
  const lying = !isComposed(spec) && (y?.type === 'nominal' || y?.type === 'ordinal');
  return lying ? {} : { height: 260 };
}

/** What the library says is for those who write specs; the sentence is for everybody. */
function unreadable(details: string): ChartProblem {
  return new ChartProblem('Its description holds a mistake, so there is nothing to show.', details);
}

export async function draw(
  place: HTMLElement,
  spec: Spec,
  rows: number,
  width: number,
  theme: Theme,
  hover: (at: Hover | undefined) => void,
): Promise<Drawn> {
  const { title: _title, ...rest } = size(spec, width);
  // The card's heading is the title. Drawn twice it would only cost height.
  const whole = { ...rest, background: 'transparent' } as unknown as TopLevelSpec;
  let view: View;
  const complaints: string[] = [];
  const note = (...words: unknown[]) => void complaints.push(words.map(String).join(' '));
  const logger = {
    level: () => logger,
    error: note,
    warn: () => logger,
    info: () => logger,
    debug: () => logger,
  };
  try {
    const made = compile(whole, { config: configFor(theme), logger: logger as never }).spec;
    const config = { locale: { time: SHORT_MONTHS } };
    view = new View(parse(made as VegaSpec, config as never, { ast: true }), {
      expr: expressionInterpreter,
      loader: closedLoader(),
      renderer: rows > MARKS_IN_SVG ? 'canvas' : 'svg',
      container: place,
      hover: true,
      logger: logger as never,
      tooltip: (_handler: unknown, event: MouseEvent, _item: unknown, value: unknown) => {
        const lines = hoverLines(value);
        const box = place.getBoundingClientRect();
        hover(
          lines.length === 0
            ? undefined
            : { x: event.clientX - box.left, y: event.clientY - box.top, lines },
        );
      },
    });
    await view.runAsync();
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
  if (complaints.length > 0) {
    view.finalize();
    throw unreadable(complaints[0] ?? '');
  }
  return {
    resize(next) {
      if (!('autosize' in rest)) return;
      view.width(next);
      void view.runAsync();
    },
    svg: () => view.toSVG(),
    png: () => view.toImageURL('png', 2),
    end: () => view.finalize(),
  };
}
