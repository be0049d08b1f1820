/** Where the Python of a session runs. Tokens go in, and never out. */
import type { Http } from './http';

export type HomeKind = 'ipykernel' | 'eval' | 'jupyter_server';

export interface Home {
  kind: HomeKind;
  url?: string | null;
  /** It was chosen for this session, and is not that of all sessions. */
  own: boolean;
}

const at = (session: string) => `/api/v1/sessions/${encodeURIComponent(session)}/kernel`;

export function homeOf(http: Http, session: string): Promise<Home> {
  return http.get(at(session));
}

/** Let the next cell run elsewhere; a Jupyter server without an address is that of the settings. */
export function chooseHome(
  http: Http,
  session: string,
  home: { kind: HomeKind; url?: string; token?: string },
): Promise<Home> {
  return http.send('PUT', at(session), home);
}

/** Let the session's Python run where that of all sessions does. */
export async function resetHome(http: Http, session: string): Promise<void> {
  await http.send('DELETE', at(session), undefined);
}
