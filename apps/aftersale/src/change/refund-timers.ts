/** The timers of a refund, as rows of the transaction that makes its new version. Their keys name the version: a stale one finds nothing to do. */
import type { GroupedInsert } from '@ordo/sharding';
import type { Timers } from '@ordo/timers';
import type { RefundRecord } from '../record/refund-record.js';

/** Silence agrees, an appeal lapses. */
export const REFUND_DEADLINES = 'refund-deadlines';
/** What the order has to be told: it ends, it carries a tag. */
export const ORDER_DUTIES = 'order-duties';

export interface PlannedTimer {
  readonly insert: GroupedInsert;
  /** Tells the index after the commit; it may fail or be forgotten, the timer fires all the same. */
  announce(): Promise<void>;
}

export interface RefundTimers {
  deadline(node: number, record: RefundRecord, dueMs: number): PlannedTimer;
  duty(node: number, record: RefundRecord, nowMs: number): PlannedTimer;
}

const SEPARATOR = '#';
const keyOf = ({ refundId, version }: RefundRecord): string => `${refundId}${SEPARATOR}${version}`;

export function refundOfKey(key: string): { readonly refundId: string; readonly version: number } {
  const [refundId = '', version] = key.split(SEPARATOR);
  return { refundId, version: Number(version) };
}

export function refundTimers(timers: Timers): RefundTimers {
  const plan = (node: number, queue: string, key: string, dueMs: number): PlannedTimer => {
    const { insert, entry } = timers.writer.timerInsert(node, { queue, key, dueMs });
    return { insert, announce: () => timers.index(queue, [entry]) };
  };
  return {
    deadline: (node, record, dueMs) => plan(node, REFUND_DEADLINES, keyOf(record), dueMs),
    duty: (node, record, nowMs) => plan(node, ORDER_DUTIES, keyOf(record), nowMs),
  };
}
