/** Every kind of item in every state that it can be seen in. */
import { others } from './asking';
import { code, outputs } from './coding';
import { charts, tables } from './showing';
import type { Wing } from './sights';
import { answers, plans } from './thinking';

export const WINGS: Wing[] = [plans, code, tables, charts, outputs, answers, others];
