/**
 * Characters that lie about text are shown as what they are.
 *
 * Bidirectional overrides can make code read differently from how it runs ("Trojan Source"), and
 * what a person approves must be what they see. Zero-width characters hide in names alike.
 */

// Written as escapes: the file itself must not hold what it looks for.
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/g;
// In prose some of these are letters' joints (Persian, emoji); in code they have no business.
const HIDING = /[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060\u061c\ufeff]/g;
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

function named(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** Prose with every character that reorders others written out. */
export function visible(text: string): string {
  return text.replace(REORDERING, named).replace(CONTROL, named);
}

/** Code with every character that hides or reorders others written out. */
export function bare(code: string): string {
  return code.replace(HIDING, named).replace(CONTROL, named);
}

export function hasHidden(code: string): boolean {
  return code.search(HIDING) >= 0 || code.search(CONTROL) >= 0;
}

/** The first characters of a text, for a title or a folded line. One line, never half a pair. */
export function brief(text: string, most: number): string {
  const line = text
    .slice(0, most * 4 + 400)
    .replace(/\s+/g, ' ')
    .trim();
  const points = Array.from(line);
  if (points.length <= most) return visible(line);
  return (
    visible(
      points
        .slice(0, most - 1)
        .join('')
        .trimEnd(),
    ) + ' …'
  );
}
