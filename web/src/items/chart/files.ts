/** Saving what was drawn. */

/** A name that every file system takes, from a title that may hold anything. */
export function fileName(title: string, ending: string): string {
  const plain = title
    .replace(/[^\p{L}\p{N} _-]+/gu, '')
    .trim()
    .slice(0, 80);
  return `${plain || 'chart'}.${ending}`;
}

export function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}

export function saveText(text: string, mime: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: mime }));
  save(url, name);
  // The browser reads it after this call; give it time before the address goes.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
