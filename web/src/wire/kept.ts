/** What is remembered beside the sessions: grants for always, and who decided what. */
import type { Mode, Remember, Settled, Subject } from '../generated/protocol';
import type { Http } from './http';

/** Something that need not be asked in any session. */
export interface AlwaysGrant {
  id: string;
  subject: Subject;
  /** What it is about, such as the name of a source. */
  scope: string;
  session: string;
  approval?: string | null;
  at?: string;
}

export interface Decision {
  session: string;
  run?: string | null;
  approval?: string | null;
  item?: string | null;
  subject?: Subject | null;
  scope?: string | null;
  what: 'verdict' | 'revoked' | 'mode';
  verdict?: Settled | null;
  by?: string | null;
  at: string;
  text?: string | null;
  remark?: string | null;
  diff?: string | null;
  digest?: string | null;
  remember?: Remember | null;
  mode?: Mode | null;
}

export async function grantsForAlways(http: Http): Promise<AlwaysGrant[]> {
  return (await http.get<{ items: AlwaysGrant[] }>('/api/v1/grants')).items;
}

export async function takeBack(http: Http, grant: string): Promise<void> {
  await http.send('DELETE', `/api/v1/grants/${encodeURIComponent(grant)}`, undefined);
}

export function decisions(
  http: Http,
  session: string,
  after?: string,
): Promise<{ items: Decision[]; next?: string | number | null }> {
  const asked = new URLSearchParams({ session, limit: '50', ...(after ? { after } : {}) });
  return http.get(`/api/v1/audit?${asked}`);
}
