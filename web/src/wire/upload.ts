/** Uploads: the one request of which a person wants to see how far it is, and which they may stop. */
import type { Http } from './http';
import { refusalOf } from './http';

export interface Underway {
  /** Between 0 and 1. */
  progress?: (share: number) => void;
  signal?: AbortSignal;
}

/** Stopped by the person; nothing was kept. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** Send files as a form. `fetch` cannot tell how far it is, so the older way is used. */
export function sendFiles<T>(
  http: Http,
  path: string,
  files: readonly File[],
  fields: Record<string, string>,
  { progress, signal }: Underway,
): Promise<T> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  for (const file of files) form.append('file', file, file.name);
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    request.open('POST', http.url(path));
    request.withCredentials = true;
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) progress?.(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as T);
      else reject(refusalOf(request.status, request.statusText, body));
    };
    request.onerror = () =>
      reject(new Error('The connection broke while the file was sent. Send it again.'));
    request.onabort = () => reject(new StoppedError('stopped'));
    request.onloadend = () => signal?.removeEventListener('abort', stop);
    if (signal?.aborted) {
      reject(new StoppedError('stopped'));
      return;
    }
    signal?.addEventListener('abort', stop);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
