import type { AnyRecord } from '../../src/generated/protocol';
import { emptyScreen, fold } from '../../src/state/fold';
import { foldInbox } from '../../src/state/inbox';

export const screenOf = (session: string, records: AnyRecord[]) =>
  fold(emptyScreen(session), records);
export const inboxOf = (session: string, records: AnyRecord[]) => foldInbox({ session }, records);
