import type { Chat } from '../state/chat.svelte';

let told = 0;

/** Say outside the page that something waits, if the person asked for that and looks elsewhere. */
export function notify(chat: Chat, waiting: ReadonlySet<string | undefined>): void {
  const more = waiting.size > told;
  told = waiting.size;
  if (!more || !document.hidden || !chat.prefs.get('notify')) return;
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const session = [...waiting].at(-1);
  const name = session === undefined ? undefined : chat.inbox?.inbox?.sessions?.[session]?.name;
  const notice = new Notification('Waiting for you', { body: name ?? 'Askwire', tag: 'askwire' });
  notice.onclick = () => {
    window.focus();
    if (session !== undefined) chat.route.go(session);
    notice.close();
  };
}
