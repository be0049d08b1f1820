import { INBOX, type Doing, type Inbox } from '../generated/protocol';
import type { Wire } from '../wire/wire';
import { foldInbox } from './inbox';

/** The caller's inbox as it is shown: all sessions, newest first, and what waits. */
export class InboxView {
  inbox = $state.raw<Inbox | undefined>(undefined);
  readonly sessions = $derived<Doing[]>(
    Object.values(this.inbox?.sessions ?? {}).sort((a, b) =>
      (b.updated_at ?? '').localeCompare(a.updated_at ?? ''),
    ),
  );
  /** How many sessions wait for this person. */
  readonly waiting = $derived(
    new Set([
      ...Object.values(this.inbox?.approvals ?? {}).map((one) => one.session),
      ...(this.inbox?.questions ?? []).map((one) => one.session),
    ]),
  );
  readonly leave: () => void;

  constructor(wire: Wire, caller: string) {
    const session = INBOX + caller;
    this.leave = wire.follow(session, {
      snapshot: (state) => (this.inbox = { ...(state as Inbox) }),
      records: (records) => (this.inbox = foldInbox(this.inbox ?? { session }, records)),
    });
  }
}
