/** Times as a person says them. */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'medium' });

export function clock(at: string | undefined): string {
  const date = read(at);
  return date ? CLOCK.format(date) : '';
}

export function whole(at: string | undefined): string {
  const date = read(at);
  return date ? WHOLE.format(date) : '';
}

/** Under which heading of the list a session stands. */
export function ageOf(at: string | undefined, now = new Date()): string {
  const date = read(at);
  if (!date) return 'Earlier';
  const days = Math.round((midnight(now) - midnight(date)) / 86_400_000);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days < 7) return 'This week';
  return days < 31 ? 'This month' : 'Earlier';
}

export function seconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function read(at: string | undefined): Date | undefined {
  if (!at) return undefined;
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
