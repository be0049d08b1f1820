import type { Chat } from '../state/chat.svelte';
import type { Layout } from './layout.svelte';

/** Keys of the whole page; what items and dialogs take, they stop here. */
export function hotkeys(event: KeyboardEvent, chat: Chat, layout: Layout): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control) {
    if (key === 'k') act(event, () => (layout.palette = !layout.palette));
    else if (key === 'b') act(event, () => layout.toggle('sessions'));
    else if (key === 'i') act(event, () => layout.toggle('inspector'));
    else if (key === '.') act(event, () => void chat.stop());
    return;
  }
  if (writes(event.target)) return;
  if (event.key === '?') act(event, () => (layout.keys = true));
  else if (event.key === '/') act(event, () => (layout.focusBox += 1));
  else if (key === 'n') act(event, () => newQuestion(chat, layout));
  else if (key === 'g') act(event, toGate);
}

export function newQuestion(chat: Chat, layout: Layout): void {
  chat.route.go(undefined);
  layout.sheet = undefined;
  layout.focusBox += 1;
}

/** Take the keyboard to what waits. */
export function toGate(): void {
  const gate = document.querySelector<HTMLElement>('[data-waiting]');
  if (!gate) return;
  gate.scrollIntoView({ block: 'center' });
  const first = gate.querySelector<HTMLElement>('button, [tabindex="0"], input, textarea');
  (first ?? gate).focus({ preventScroll: true });
}

function act(event: KeyboardEvent, does: () => void): void {
  event.preventDefault();
  does();
}

function writes(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
