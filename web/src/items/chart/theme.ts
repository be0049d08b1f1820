/** The page's own fonts and colours, as a Vega-Lite config. */
import type { Config } from 'vega-lite';

export interface Theme {
  ground: string;
  surface: string;
  line: string;
  ink: string;
  quiet: string;
  accent: string;
  font: string;
  dark: boolean;
}

/** Told apart by lightness as well as by hue, for those who see few hues; the accent leads. */
const LIGHT = ['#c26a12', '#16806f', '#b23a6f', '#5b7a1f', '#7a5bb5', '#2f6ea8', '#8a6d1c'];
const DARK = ['#f0a04b', '#4cc0ac', '#f07fb0', '#a9cc5f', '#bfa3f0', '#78b4ec', '#d8bd5e'];

/**
 * Custom properties that hold `light-dark()` read back as that text. A colour that an element has
 * put on reads back as the colour it is.
 */
function colorOf(probe: HTMLElement, name: string, fallback: string): string {
  probe.style.color = fallback;
  probe.style.color = `var(${name}, ${fallback})`;
  return getComputedStyle(probe).color || fallback;
}

function isDark(color: string): boolean {
  const [r = 255, g = 255, b = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128;
}

export function readTheme(at: HTMLElement): Theme {
  const probe = document.createElement('span');
  probe.hidden = true;
  at.append(probe);
  const ground = colorOf(probe, '--ground', '#ffffff');
  const theme: Theme = {
    ground,
    surface: colorOf(probe, '--surface', '#ffffff'),
    line: colorOf(probe, '--line', '#d9dce3'),
    ink: colorOf(probe, '--ink', '#1b1e26'),
    quiet: colorOf(probe, '--ink-quiet', '#5c6370'),
    accent: colorOf(probe, '--accent', '#4a4fd0'),
    font: getComputedStyle(at).fontFamily || 'system-ui, sans-serif',
    dark: isDark(ground),
  };
  probe.remove();
  return theme;
}

export function configFor(theme: Theme): Config {
  const category = [theme.accent, ...(theme.dark ? DARK : LIGHT)];
  const words = { labelFont: theme.font, titleFont: theme.font };
  return {
    background: 'transparent',
    font: theme.font,
    padding: 4,
    view: { stroke: 'transparent', continuousWidth: 600, continuousHeight: 260 },
    axis: {
      ...words,
      labelColor: theme.quiet,
      titleColor: theme.quiet,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 8,
      domainColor: theme.line,
      tickColor: theme.line,
      gridColor: theme.line,
      gridOpacity: 0.6,
      labelPadding: 6,
      labelLimit: 160,
      labelOverlap: 'greedy',
      labelSeparation: 4,
    },
    axisX: { grid: false },
    axisY: { domain: false, ticks: false, tickCount: 5 },
    axisTemporal: { tickCount: 12 },
    axisQuantitative: { tickCount: 6 },
    legend: {
      ...words,
      labelColor: theme.ink,
      titleColor: theme.quiet,
      labelFontSize: 12,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      symbolType: 'circle',
      labelLimit: 180,
      orient: 'top',
    },
    header: { ...words, labelColor: theme.ink, titleColor: theme.quiet },
    title: {
      font: theme.font,
      color: theme.ink,
      subtitleColor: theme.quiet,
      fontSize: 15,
      fontWeight: 600,
      anchor: 'start',
    },
    mark: { color: theme.accent, tooltip: true },
    bar: { color: theme.accent, cornerRadiusEnd: 2 },
    line: { color: theme.accent, strokeWidth: 2 },
    area: { color: theme.accent, fillOpacity: 0.25, line: { color: theme.accent } },
    point: { color: theme.accent, filled: true, size: 40 },
    rule: { color: theme.quiet },
    text: { color: theme.ink, font: theme.font },
    range: {
      category,
      heatmap: theme.dark ? [theme.surface, theme.accent] : ['#eef0fb', theme.accent],
      ordinal: { scheme: 'purples' },
    },
  } as Config;
}

/** Call back when light becomes dark or the other way: by the system, or by the page's own switch. */
export function watchLooks(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', changed);
  const page = new MutationObserver(changed);
  page.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', changed);
    page.disconnect();
  };
}
