/** The files that a caller has brought, and those of a session's workspace. */
import type { FileSeen, Http } from './http';
import { sendFiles, type Underway } from './upload';

/** An upload, and the source and table that it became. */
export interface UploadKept {
  name: string;
  source: string;
  size: number;
  at?: string;
}

export async function uploadsKept(http: Http): Promise<UploadKept[]> {
  return (await http.get<{ items: UploadKept[] }>('/api/v1/uploads')).items;
}

export async function removeUpload(http: Http, name: string): Promise<void> {
  await http.send('DELETE', `/api/v1/uploads/${encodeURIComponent(name)}`, undefined);
}

/** Put files where the session's Python finds them. */
export function addFiles(
  http: Http,
  session: string,
  files: readonly File[],
  underway: Underway,
): Promise<{ items: FileSeen[] }> {
  const path = `/api/v1/sessions/${encodeURIComponent(session)}/files`;
  return sendFiles(http, path, files, {}, underway);
}

export async function removeFile(http: Http, session: string, file: string): Promise<void> {
  const parts = file.split('/').map(encodeURIComponent).join('/');
  await http.send(
    'DELETE',
    `/api/v1/sessions/${encodeURIComponent(session)}/files/${parts}`,
    undefined,
  );
}

/** The beginning of a text file. */
export async function beginningOf(http: Http, session: string, file: string): Promise<string> {
  const answer = await fetch(http.fileUrl(session, file), { credentials: 'include' });
  if (!answer.ok) throw new Error(`The file cannot be read: the server answered ${answer.status}.`);
  const reader = answer.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (reader && text.length < BEGINNING) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return `${text.slice(0, BEGINNING)}…`;
}

const BEGINNING = 20_000;
