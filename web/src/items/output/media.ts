/** What may be shown as a picture, and how it gets into an `<img>`. */

const PICTURES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/svg+xml',
]);

export function isPicture(mime: string): boolean {
  return PICTURES.has(mime);
}

/**
 * The source of an `<img>`: a `data:` URL, or a path on this server. Not `blob:`, since a blob that is
 * opened in a tab of its own is a page of ours, and an SVG may hold a script.
 */
export function pictureSource(
  mime: string,
  data: string | undefined,
  url?: string,
): string | undefined {
  if (url !== undefined) return /^\/(?![/\\])/.test(url) ? url : undefined;
  if (data === undefined || data === '' || !isPicture(mime)) return undefined;
  if (mime === 'image/svg+xml' && /^\s*</.test(data)) {
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(data)}`;
  }
  const packed = data.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(packed) ? `data:${mime};base64,${packed}` : undefined;
}

/** A plain look for what brings none of its own, such as a data frame's table. */
const FRAME_LOOK =
  'body{margin:12px;font:13px/20px system-ui,sans-serif}' +
  'table{border-collapse:collapse;font-variant-numeric:tabular-nums}' +
  'th,td{padding:2px 8px;border:1px solid #8886;text-align:right}';

/** HTML for a sandboxed frame: no scripts, nothing loaded, in the page's own light or dark. */
export function framed(html: string, dark: boolean): string {
  const policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
  return [
    '<!doctype html><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="color-scheme" content="${dark ? 'dark' : 'light'}">`,
    '<base target="_blank">',
    `<style>${FRAME_LOOK}</style>`,
    html,
  ].join('');
}
