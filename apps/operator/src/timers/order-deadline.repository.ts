/**
 * What the databases know of one order's deadline and of its past: the authority, the timeline in the merchant shard, what still waits
 * in the outbox, and timers of other queues whose key names the order. Notes are read for the due time that a deadline leaves there
 * and for nothing else: what people wrote may be personal.
 */
import { isOrderStatus, orderStatusOf } from '@ordo/contracts';
import { OrdoError } from '@ordo/kernel';
import {
  decodeOrderNumber,
  laneOf,
  merchantSchema,
  msOfDateTime,
  NODE_SCHEMA,
  type NodePool,
  type NodePools,
  type Placement,
  quote,
  quoteList,
  userSchema,
} from '@ordo/sharding';
import { nodeSchemas } from '../terminal/node-schemas.js';

export type Answer<T> = T | { readonly problem: string };

export interface OrderNow {
  readonly bizType: number;
  readonly status: number;
  readonly version: number;
  readonly role: number | null;
  readonly reasonCode: number | null;
  readonly deadlineMs: number | null;
  /** When it entered its states, for as long as no timeline can be read. */
  readonly stampsMs: Readonly<Record<StampName, number | null>>;
  /** The database's clock. */
  readonly nowMs: number;
}

export interface OrderStep {
  readonly version: number;
  readonly type: string;
  /** By name. */
  readonly status: string | null;
  readonly role: number | null;
  readonly reasonCode: number | null;
  readonly atMs: number;
  /** The due time, if a deadline made the change. */
  readonly dueMs: number | null;
}

export interface NamedTimer {
  readonly node: string;
  readonly queue: string;
  readonly key: string;
  readonly dueMs: number;
  readonly state: number;
  readonly attempts: number;
  readonly endedMs: number | null;
  readonly failure: string | null;
}

export interface DeadlineRows {
  /** Of the authority. */
  readonly order: Answer<{ readonly row: OrderNow | undefined }>;
  /** Of the merchant shard. */
  readonly projection: Answer<{ readonly row: OrderNow | undefined }>;
  readonly timeline: Answer<{ readonly steps: readonly OrderStep[] }>;
  /** Committed and not yet projected, or not yet told. */
  readonly waiting: Answer<{ readonly steps: readonly OrderStep[] }>;
  /** Of each node and app. */
  readonly timers: readonly Answer<{ readonly timers: readonly NamedTimer[] }>[];
}

const STAMPS = ['created_at', 'paid_at', 'accepted_at', 'received_at', 'completed_at', 'invalidated_at'] as const;
export type StampName = (typeof STAMPS)[number];
type Row = Readonly<Record<string, string | number | null>>;

const NOW = 'UTC_TIMESTAMP(3)';
/** What the handler of deadlines writes into the note of its change. */
const DUE_NOTE = /^due (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;
/** One lane is read through for the rows of the order: with a deep backlog that takes longer than the hot path may. */
const DEADLINE_MS = 10_000;
/** A key that begins with the order's number, or with a word and then the number, and goes on with no digit. */
const KEY_BEGINNINGS = ['', 'order-', 'order:', 'order/'];

/** At most two nodes for the order, all of them for other timers. Throws Refusal for text that is no order number. */
export async function readDeadlineRows(pools: NodePools, placement: Placement, orderId: string): Promise<DeadlineRows> {
  const { userShard, merchantShard } = decodeOrderNumber(orderId);
  const [userNode, merchantNode] = [
    pools.at(placement.userNode(userShard)),
    pools.at(placement.merchantNode(merchantShard)),
  ];
  const [order, projection, timeline, waiting, timers] = await Promise.all([
    answered(() => orderIn(userNode, userSchema(userShard), orderId)),
    answered(() => orderIn(merchantNode, merchantSchema(merchantShard), orderId)),
    answered(() => timelineIn(merchantNode, merchantSchema(merchantShard), orderId)),
    answered(() => outboxOf(userNode, laneOf(userShard), orderId)),
    Promise.all(
      pools.all.flatMap((pool) => nodeSchemas.map((schema) => answered(() => timersNaming(pool, schema, orderId)))),
    ),
  ]);
  return { order, projection, timeline, waiting, timers };
}

async function answered<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof OrdoError) return { problem: error.message };
    throw error;
  }
}

async function orderIn(pool: NodePool, schema: string, orderId: string): Promise<{ row: OrderNow | undefined }> {
  const [row] = await ask(
    pool,
    `SELECT biz_type, status, version, role, reason_code, deadline_at, ${STAMPS.join(', ')}, ${NOW} AS now FROM ${schema}.order_base WHERE order_id = ${quote(BigInt(orderId))}`,
  );
  if (row === undefined) return { row: undefined };
  const stampsMs = Object.fromEntries(STAMPS.map((name) => [name, msOf(row[name])])) as OrderNow['stampsMs'];
  return {
    row: {
      ...{ bizType: Number(row['biz_type']), status: Number(row['status']), version: Number(row['version']) },
      ...{
        role: numberOf(row['role']),
        reasonCode: numberOf(row['reason_code']),
        deadlineMs: msOf(row['deadline_at']),
      },
      ...{ stampsMs, nowMs: msOf(row['now']) ?? 0 },
    },
  };
}

async function timelineIn(pool: NodePool, schema: string, orderId: string): Promise<{ steps: OrderStep[] }> {
  const rows = await ask(
    pool,
    `SELECT version, type, status, role, reason_code, occurred_at, IF(note LIKE 'due %', note, NULL) AS note FROM ${schema}.order_event WHERE order_id = ${quote(BigInt(orderId))} ORDER BY version`,
  );
  return { steps: rows.map(stepOf) };
}

/** The payload has the order's snapshot, too: only what tells of the change is taken out of it, by the database. */
async function outboxOf(pool: NodePool, lane: number, orderId: string): Promise<{ steps: OrderStep[] }> {
  const told = (name: string): string => `JSON_UNQUOTE(JSON_EXTRACT(payload, '$.${name}'))`;
  const rows = await ask(
    pool,
    `SELECT version, type, ${told('base.status')} AS status, ${told('event.role')} AS role, ${told('event.reasonCode')} AS reason_code, occurred_at,
     IF(${told('event.note')} LIKE 'due %', ${told('event.note')}, NULL) AS note
     FROM ${NODE_SCHEMA}.outbox WHERE lane = ${lane} AND state IN (0, 1, 2) AND order_id = ${quote(BigInt(orderId))} ORDER BY version`,
  );
  return { steps: rows.map(stepOf) };
}

async function timersNaming(pool: NodePool, schema: string, orderId: string): Promise<{ timers: NamedTimer[] }> {
  const queues = (await ask(pool, `SELECT DISTINCT queue FROM ${schema}.timer`)).map((row) => String(row['queue']));
  if (queues.length === 0) return { timers: [] };
  // Each queue and beginning is a range of `by_key`; a LIKE that may begin with anything would read the whole table.
  const begins = KEY_BEGINNINGS.map((beginning) => `timer_key LIKE ${quote(`${beginning}${orderId}%`)}`).join(' OR ');
  const rows = await ask(
    pool,
    `SELECT queue, timer_key, due_at, state, attempts, ended_at, failure FROM ${schema}.timer WHERE queue IN ${quoteList(queues)} AND (${begins}) ORDER BY due_at LIMIT 100`,
  );
  const isNamed = new RegExp(`^(${KEY_BEGINNINGS.join('|')})${orderId}(\\D|$)`);
  const named = rows.filter((row) => isNamed.test(String(row['timer_key'])));
  return { timers: named.map((row) => timerOf(pool.name, row)) };
}

const timerOf = (node: string, row: Row): NamedTimer => ({
  ...{ node, queue: String(row['queue']), key: String(row['timer_key']) },
  ...{ dueMs: msOf(row['due_at']) ?? 0, state: Number(row['state']), attempts: Number(row['attempts']) },
  ...{ endedMs: msOf(row['ended_at']), failure: (row['failure'] ?? null) as string | null },
});

const ask = (pool: NodePool, sql: string): Promise<readonly Row[]> =>
  pool.query<readonly Row[]>(sql, { deadlineMs: DEADLINE_MS });

function stepOf(row: Row): OrderStep {
  const due = DUE_NOTE.exec(String(row['note'] ?? ''))?.[1];
  return {
    ...{ version: Number(row['version']), type: String(row['type']) },
    status: statusOf(row['status'] ?? null),
    ...{ role: numberOf(row['role']), reasonCode: numberOf(row['reason_code']), atMs: msOf(row['occurred_at']) ?? 0 },
    dueMs: due === undefined ? null : Date.parse(due),
  };
}

const msOf = (value: Row[string] | undefined): number | null => msOfDateTime((value ?? null) as string | null);

/** The timeline has numbers, the outbox names. */
const statusOf = (value: Row[string]): string | null =>
  value === null || isOrderStatus(value) ? value : orderStatusOf(Number(value));

/** JSON's null comes out of the database as the text. */
const numberOf = (value: Row[string] | undefined): number | null =>
  value === null || value === undefined || value === 'null' ? null : Number(value);
