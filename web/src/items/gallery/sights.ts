/** What a sight in the gallery is made of. */
import type {
  ApprovalSeen,
  InputRequested,
  ItemSeen,
  QuestionAsked,
  RunSeen,
} from '../../generated/protocol';
import type { Refusing } from './wire';
import { MONTH_COLUMNS } from './shop';

export interface Sight {
  name: string;
  item?: ItemSeen;
  approval?: ApprovalSeen;
  made?: ItemSeen[];
  before?: ItemSeen;
  run?: RunSeen;
  question?: QuestionAsked;
  input?: InputRequested;
  refuse?: Refusing;
  readonly?: boolean;
}

export interface Wing {
  name: string;
  sights: Sight[];
}

let last = 0;
export const id = (kind: string) => `i_${kind}_${(last += 1)}`;
export const now = new Date().toISOString();

export function item(kind: ItemSeen['kind'], more: Partial<ItemSeen>): ItemSeen {
  return {
    item: id(kind),
    kind,
    at: now,
    outcome: more.content ? 'ok' : undefined,
    ...more,
  } as ItemSeen;
}

export function approval(
  more: Partial<ApprovalSeen['request']>,
  settled: Partial<ApprovalSeen> = {},
): ApprovalSeen {
  return {
    request: {
      type: 'approval.requested',
      approval: id('approval'),
      item: 'i_x',
      subject: 'sql',
      options: ['approve', 'edit', 'feedback', 'reject'],
      digest: 'sha256:1',
      ...more,
    },
    ...settled,
  };
}

export const months = item('table', {
  content: {
    kind: 'table',
    columns: MONTH_COLUMNS,
    row_count: 12,
    result: 'res_months',
    title: 'Orders per month',
  },
  elapsed_ms: 34,
});
