/** Say in the tab what waits, so that a person who works elsewhere sees it. */
export function showTitle(session: string | undefined, waiting: number): void {
  const name = session ? `${session} · Askwire` : 'Askwire';
  document.title = waiting ? `(${waiting}) Waiting for you · ${name}` : name;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const file = waiting ? '/favicon-waiting.svg' : '/favicon.svg';
  if (icon && !icon.href.endsWith(file)) icon.href = file;
}
