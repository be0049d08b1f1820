/** Where this tab stood in a session, kept over a reload, so that it can say what it missed. */
import type { Standing } from '../wire/following';

const PREFIX = 'askwire.standing.';

export function recall(session: string): Standing | undefined {
  try {
    const kept = sessionStorage.getItem(PREFIX + session);
    return kept === null ? undefined : (JSON.parse(kept) as Standing);
  } catch {
    return undefined;
  }
}

export function remember(session: string, standing: Standing): void {
  try {
    sessionStorage.setItem(PREFIX + session, JSON.stringify(standing));
  } catch {
    // Full or forbidden: then a reload just does not say what it missed.
  }
}
