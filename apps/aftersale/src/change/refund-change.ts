/**
 * One change of one refund, and everything that must commit with it: the row, the event, the deadline of the new state, and what the order
 * has to be told. The payload of the outbox is what the relay needs to project the change without reading the authority again.
 */
import { type RefundStatus, refundStatusCode } from '@ordo/contracts';
import { outboxInsert } from '@ordo/outbox';
import { type Effects, type GroupedInsert, newChangeMark, quote, shardOf } from '@ordo/sharding';
import { changedAssignments, REFUND_COLUMNS, refundLiterals } from '../record/refund-columns.js';
import type { RefundRecord, StoredRefund } from '../record/refund-record.js';
import { owesOrder } from '../refund/order-duty.rules.js';
import { isOpen } from '../refund/refund.state.js';
import type { RefundRow as TableRow } from '../refund/refund-command.js';
import { AFTERSALE_NODE_SCHEMA, type LaneAddress } from './aftersale-address.js';
import type { PlannedTimer, RefundTimers } from './refund-timers.js';

/** The JSON in an outbox row. */
export interface RefundChangePayload {
  readonly record: RefundRecord;
  readonly previousStatus: RefundStatus | null;
}

export interface RefundStep {
  readonly before: RefundRecord | null;
  readonly after: RefundRecord;
  /** The row of the table that was taken. */
  readonly row: TableRow;
  readonly nowMs: number;
  readonly traceParent: string | null;
}

export interface PlannedStep {
  readonly effects: Effects;
  /** After the commit; never throws. */
  readonly announce: () => Promise<void>;
}

const OPEN = '1';
const openSlot = (status: RefundStatus): string => (isOpen(status) ? OPEN : 'NULL');

/** The effects of a refund that begins. */
export function birthOf(stored: StoredRefund, step: RefundStep, at: LaneAddress, timers: RefundTimers): PlannedStep {
  const { record, digests } = stored;
  const mark = newChangeMark();
  const insert: GroupedInsert = {
    into: `INSERT INTO ${at.schema}.refund (${REFUND_COLUMNS}, open_slot, change_mark, idem_digest, request_digest)`,
    row:
      `(${refundLiterals(record)},${openSlot(record.status)},${mark},` +
      `${quote(digests.idem)},${quote(digests.request)})`,
  };
  return planned({ updates: [], inserts: [insert], proof: proofOf(record, mark, at) }, step, at, timers);
}

/** The effects of `before` → `after`: a compare-and-set on (status, version), and what goes with it. */
export function changeOf(
  step: RefundStep & { readonly before: RefundRecord },
  at: LaneAddress,
  timers: RefundTimers,
): PlannedStep {
  const { before, after } = step;
  const mark = newChangeMark();
  const where = `refund_id=${before.refundId} AND status=${refundStatusCode[before.status]} AND version=${before.version}`;
  const update =
    `UPDATE ${at.schema}.refund SET ${changedAssignments(before, after)}, open_slot=${openSlot(after.status)}, change_mark=${mark}` +
    ` WHERE ${where}`;
  return planned({ updates: [update], inserts: [], proof: proofOf(after, mark, at) }, step, at, timers);
}

/** Several steps of one order as one unit; the proof of any of them proves all. */
export function together(steps: readonly PlannedStep[]): PlannedStep {
  const effects = steps.map((step) => step.effects);
  return {
    effects: {
      updates: effects.flatMap(({ updates }) => updates),
      inserts: effects.flatMap(({ inserts }) => inserts),
      proof: effects[0]?.proof ?? '',
    },
    announce: async () => {
      for (const { announce } of steps) await announce();
    },
  };
}

function planned(effects: Effects, step: RefundStep, at: LaneAddress, timers: RefundTimers): PlannedStep {
  const due = timersOf(step, at, timers);
  const inserts = [...effects.inserts, eventInsert(step), ...due.map(({ insert }) => insert)];
  return {
    effects: { ...effects, inserts },
    announce: async () => {
      for (const timer of due) await timer.announce();
    },
  };
}

function timersOf({ before, after, nowMs }: RefundStep, { node }: LaneAddress, timers: RefundTimers): PlannedTimer[] {
  return [
    ...(after.deadlineAt === null ? [] : [timers.deadline(node, after, after.deadlineAt)]),
    ...(owesOrder(before, after) ? [timers.duty(node, after, nowMs)] : []),
  ];
}

function eventInsert({ before, after, row, nowMs, traceParent }: RefundStep): GroupedInsert {
  const payload: RefundChangePayload = { record: after, previousStatus: before?.status ?? null };
  return outboxInsert(
    {
      ...{ orderId: after.orderId, version: after.version, type: row.emits, occurredAt: nowMs, traceParent },
      ...{ userShard: shardOf(after.userId), merchantShard: shardOf(after.merchantId) },
      payload: JSON.stringify(payload),
    },
    AFTERSALE_NODE_SCHEMA,
  );
}

/** Finds the row for good: locks, so that a COMMIT under way is waited for. */
const proofOf = ({ refundId }: RefundRecord, mark: number, { schema }: LaneAddress): string =>
  `SELECT refund_id FROM ${schema}.refund WHERE refund_id=${refundId} AND change_mark=${mark} LOCK IN SHARE MODE`;
