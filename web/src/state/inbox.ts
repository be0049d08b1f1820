/** The fold of a caller's inbox: their sessions, and what waits for them anywhere. */
import type { AnyRecord, Doing, Inbox } from '../generated/protocol';
import { eventOf } from './fold';
import { put } from './put';

export function foldInbox(before: Inbox, records: readonly AnyRecord[]): Inbox {
  const inbox: Inbox = { ...before };
  const sessions = { ...inbox.sessions };
  const approvals = { ...inbox.approvals };
  let questions = inbox.questions ?? [];
  for (const record of records) {
    switch (record.type) {
      case 'session.created': {
        const doing: Doing = {
          session: record.session,
          created_at: record.at,
          updated_at: record.at,
        };
        put(doing, 'name', record.name, '');
        put(doing, 'source', record.source);
        put(doing, 'mode', record.mode, 'none');
        sessions[record.session] = doing;
        break;
      }
      case 'session.updated':
      case 'session.archived':
      case 'session.deleted': {
        const doing = sessions[record.session];
        if (doing) sessions[record.session] = updated(doing, record);
        break;
      }
      case 'approval.requested':
        approvals[record.approval] = eventOf(record);
        break;
      case 'approval.resolved':
        delete approvals[record.approval];
        break;
      case 'question.asked':
        questions = [...questions, eventOf(record)];
        break;
      case 'question.answered':
        questions = questions.filter((asked) => asked.question !== record.question);
        break;
      default:
    }
  }
  put(inbox, 'sessions', filled(sessions));
  put(inbox, 'approvals', filled(approvals));
  put(inbox, 'questions', questions.length ? questions : undefined);
  return inbox;
}

function filled<T extends object>(dictionary: T): T | undefined {
  return Object.keys(dictionary).length ? dictionary : undefined;
}

function updated(
  before: Doing,
  record: AnyRecord & { type: 'session.updated' | 'session.archived' | 'session.deleted' },
): Doing {
  const doing: Doing = { ...before, updated_at: record.at };
  if (record.type === 'session.archived') doing.status = 'archived';
  else if (record.type === 'session.deleted') doing.status = 'deleted';
  else {
    if (record.name !== undefined) put(doing, 'name', record.name, '');
    if (record.source !== undefined) doing.source = record.source;
    if (record.mode !== undefined) put(doing, 'mode', record.mode, 'none');
    if (record.status !== undefined) put(doing, 'status', record.status, 'active');
    if (record.activity !== undefined) put(doing, 'activity', record.activity, 'idle');
  }
  return doing;
}
