import type { Screen } from '../generated/protocol';
import type { ItemActions } from '../items/props';
import { visible } from '../items/visible';
import type { Chat } from '../state/chat.svelte';

/** What items may do in a session. Getters, because a session may be archived while it is looked at. */
export function actionsFor(chat: Chat, session: string): ItemActions {
  const send: NonNullable<Chat['wire']>['send'] = (wish) => {
    if (!chat.wire) throw new Error('Not connected yet.');
    return chat.wire.send(wish);
  };
  const reading = lastReading();
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
    async complete(code, cursor) {
      const found = await send({ type: 'kernel.complete', session, code, cursor });
      const { matches = [], start = cursor, end = cursor } = found;
      return { matches, start, end };
    },
    ask: (text) => chat.ask(text),
    change: (text) => {
      const works = chat.run !== undefined && chat.open?.screen?.activity !== 'waiting';
      return works ? chat.steer(text) : chat.ask(text);
    },
    get newestReading() {
      return reading(chat.open?.screen);
    },
    resultPage: (result, query) => chat.http.resultPage(result, query),
    exportUrl: (result, format) => chat.http.exportUrl(result, format),
    reveal,
    missed(approval) {
      // Told while the gate is taken down, when everything still reads as it was before.
      queueMicrotask(() => {
        const seen = chat.open?.screen?.approvals?.[approval];
        if (seen?.verdict === undefined || seen.verdict === 'cancelled') return;
        const who = seen.by === undefined ? 'Somebody else' : visible(seen.by);
        const how =
          seen.verdict === 'expired' ? 'It closed by itself' : `${who} answered this first`;
        chat.notices.say(`${how}. What you wrote was not sent.`);
      });
    },
    get readonly() {
      return chat.readonly;
    },
    get caller() {
      return chat.wire?.caller.value?.id ?? '';
    },
    find: (item) => chat.open?.screen?.items?.[item],
  };
}

/** Finds the last plan that says how the question was read; looked for once in each screen. */
function lastReading(): (screen: Screen | undefined) => string | undefined {
  let seen: Screen | undefined;
  let found: string | undefined;
  return (screen) => {
    if (screen === seen) return found;
    seen = screen;
    const says = (id: string) => {
      const content = screen?.items?.[id]?.content;
      return content?.kind === 'plan' && (content.reading?.length ?? 0) > 0;
    };
    found = undefined;
    for (const run of (screen?.runs ?? []).toReversed()) {
      found ??= run.items?.findLast(says);
      if (found !== undefined) break;
    }
    return found;
  };
}

/** Bring an item into view and to the keyboard. */
export function reveal(item: string): void {
  const stop = document.getElementById(`item-${item}`);
  if (!stop) return;
  stop.scrollIntoView({ block: 'center' });
  stop.focus({ preventScroll: true });
}
