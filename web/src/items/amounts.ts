/** Numbers as a person reads them: with separators and units, never bare. */

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const ONE = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

export function whole(n: number): string {
  return WHOLE.format(n);
}

/** `count(1, 'row')` is "1 row", `count(1200, 'row')` is "1,200 rows". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${WHOLE.format(n)} ${n === 1 ? one : many}`;
}

export function duration(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '';
  if (ms < 1) return 'under 1 ms';
  if (ms < 1000) return `${WHOLE.format(ms)} ms`;
  if (ms < 60_000) return `${ONE.format(Math.floor(ms / 100) / 10)} s`;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${WHOLE.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

export function bytes(n: number): string {
  if (!Number.isFinite(n) || n < 0) return '';
  let left = n;
  let unit = 0;
  while (left >= 1024 && unit < UNITS.length - 1) {
    left /= 1024;
    unit += 1;
  }
  if (unit === 0) return count(n, 'byte');
  return `${ONE.format(left)} ${UNITS[unit]}`;
}

/** US dollars; small amounts keep the digits that matter. */
export function dollars(n: number): string {
  if (n > 0 && n < 0.01) return 'under $0.01';
  return new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' }).format(n);
}

/** How long until `at`, for "expires in ...". Empty when it is past or not a time. */
export function until(at: string, now: number): string {
  const left = Date.parse(at) - now;
  if (!(left > 0)) return '';
  if (left < 60_000) return count(Math.ceil(left / 1000), 'second');
  const minutes = Math.ceil(left / 60_000);
  if (minutes < 120) return count(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, 'hour') : count(Math.round(hours / 24), 'day');
}
