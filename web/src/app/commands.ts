import type { Chat } from '../state/chat.svelte';
import { newQuestion, toGate } from './hotkeys';
import type { Layout } from './layout.svelte';
import { MODES } from './words';

/** Something to do, by `/name` in the question box or by its title in the palette. */
export interface Command {
  name: string;
  title: string;
  /** What stands after the name, if anything does. */
  takes?: string;
  keys?: string;
  /** Left out where it would do nothing. */
  when?: (chat: Chat) => boolean;
  run: (chat: Chat, layout: Layout, rest: string) => unknown;
}

const hasSession = (chat: Chat) => chat.open !== undefined;

export const COMMANDS: readonly Command[] = [
  {
    name: 'new',
    title: 'New question',
    keys: 'N',
    run: (chat, layout) => newQuestion(chat, layout),
  },
  {
    name: 'stop',
    title: 'Stop the run',
    keys: 'Ctrl .',
    when: (chat) => chat.run !== undefined || chat.own !== undefined,
    run: (chat) => chat.stop(),
  },
  {
    name: 'waiting',
    title: 'Go to what waits for you',
    keys: 'G',
    when: (chat) => chat.open?.screen?.activity === 'waiting',
    run: () => toGate(),
  },
  {
    name: 'sql',
    title: 'Run your own SQL',
    takes: 'SELECT …',
    run: async (chat, _, rest) => {
      const source = chat.source;
      if (!source || !rest) return;
      const session = chat.open?.id ?? (await chat.create(rest));
      await chat.wire?.send({ type: 'query.run', session, source, sql: rest });
    },
  },
  {
    name: 'python',
    title: 'Run your own Python',
    takes: 'code',
    run: async (chat, _, rest) => {
      if (!rest) return;
      const session = chat.open?.id ?? (await chat.create(rest));
      await chat.wire?.send({ type: 'kernel.execute', session, code: rest });
    },
  },
  {
    name: 'rename',
    title: 'Rename this session',
    takes: 'name',
    when: hasSession,
    run: (chat, _, rest) => (chat.open && rest ? chat.rename(chat.open.id, rest) : undefined),
  },
  {
    name: 'archive',
    title: 'Archive this session',
    when: hasSession,
    run: (chat) => chat.open && chat.archive(chat.open.id),
  },
  {
    name: 'notebook',
    title: 'Download this session as a notebook',
    when: hasSession,
    run: (chat) => chat.open && location.assign(chat.http.notebookUrl(chat.open.id)),
  },
  {
    name: 'restart',
    title: 'Restart Python; its variables go',
    when: hasSession,
    run: (chat) => chat.open && chat.wire?.send({ type: 'kernel.restart', session: chat.open.id }),
  },
  {
    name: 'restore',
    title: 'Run the cells of this session again in a fresh Python',
    when: hasSession,
    run: (chat) => chat.open && chat.restore(chat.open.id),
  },
  {
    name: 'interrupt',
    title: 'Interrupt Python; its variables stay',
    when: hasSession,
    run: (chat) =>
      chat.open && chat.wire?.send({ type: 'kernel.interrupt', session: chat.open.id }),
  },
  ...MODES.map(({ mode, says }) => ({
    name: `mode ${mode.replace('_', '-')}`,
    title: `From now on: ${says}`,
    run: (chat: Chat) => chat.pick({ mode }),
  })),
  {
    name: 'data',
    title: 'Show or hide the inspector',
    keys: 'Ctrl I',
    run: (_, layout) => layout.toggle('inspector'),
  },
  {
    name: 'sources',
    title: 'See and connect sources',
    run: (_, layout) => (layout.window = 'sources'),
  },
  {
    name: 'models',
    title: 'See and add models',
    run: (_, layout) => (layout.window = 'models'),
  },
  {
    name: 'notify',
    title: 'Tell me outside this page when something waits',
    when: () => 'Notification' in window,
    run: async (chat) => {
      const allowed = (await Notification.requestPermission()) === 'granted';
      chat.prefs.set('notify', allowed);
      if (!allowed) chat.notices.say('The browser does not allow notifications for this page.');
    },
  },
  {
    name: 'logout',
    title: 'Log out',
    when: (chat) => chat.me?.auth === 'token',
    run: async (chat) => {
      await chat.http.logout();
      location.assign('/');
    },
  },
  { name: 'keys', title: 'List the keys', keys: '?', run: (_, layout) => (layout.keys = true) },
];

/** The command that a text of several lines begins with, such as code behind `/python`. */
export function begun(text: string, chat: Chat): Command | undefined {
  const typed = /^\/(\S+)\s/.exec(text)?.[1];
  return COMMANDS.find(
    (one) => one.takes !== undefined && one.name === typed && (!one.when || one.when(chat)),
  );
}

/** The commands that `text`, which starts with a slash, may mean. */
export function matching(text: string, chat: Chat): Command[] {
  const wanted = text.slice(1).toLowerCase();
  return COMMANDS.filter((command) => {
    if (command.when && !command.when(chat)) return false;
    const typed = wanted.split(/\s/, 1)[0] ?? '';
    return (
      command.name.startsWith(wanted) || (command.takes !== undefined && typed === command.name)
    );
  });
}
