import type { ItemActions } from '../items/props';
import type { Chat } from '../state/chat.svelte';

/** What items may do in a session. Getters, because a session may be archived while it is looked at. */
export function actionsFor(chat: Chat, session: string): ItemActions {
  const send: NonNullable<Chat['wire']>['send'] = (wish) => {
    if (!chat.wire) throw new Error('Not connected yet.');
    return chat.wire.send(wish);
  };
  return {
    async resolve(approval, answer) {
      await send({ type: 'approval.resolve', session, approval, ...answer });
    },
    async answer(question, answers) {
      await send({ type: 'question.answer', session, question, answers });
    },
    async input(input, text) {
      await send({ type: 'input.reply', session, input, text });
    },
    ask: (text) => chat.ask(text),
    resultPage: (result, query) => chat.http.resultPage(result, query),
    exportUrl: (result, format) => chat.http.exportUrl(result, format),
    reveal,
    get readonly() {
      return chat.readonly;
    },
    get caller() {
      return chat.wire?.caller.value?.id ?? '';
    },
    find: (item) => chat.open?.screen?.items?.[item],
  };
}

/** Bring an item into view and to the keyboard. */
export function reveal(item: string): void {
  const stop = document.getElementById(`item-${item}`);
  if (!stop) return;
  stop.scrollIntoView({ block: 'center' });
  stop.focus({ preventScroll: true });
}
