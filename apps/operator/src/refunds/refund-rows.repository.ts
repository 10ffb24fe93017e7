import { decodeOrderNumber, laneNode, laneOf, laneSchema, type NodePool, type NodePools, quote } from '@ordo/sharding';
import { type Part, readPart } from '../order/order-rows.repository.js';

/** Reads what is stored of the refunds of one order: applications, ledger, timers, outbox, compensations. No evidence, no reasons of people. */

export interface RefundRows {
  /** The order of the number that was asked about; undefined when there is no refund and no account of it. */
  readonly orderId: string;
  readonly place: string;
  readonly refunds: Part;
  readonly account: Part;
  readonly lines: Part;
  readonly transfers: Part;
  readonly facts: Part;
  readonly grants: Part;
  readonly timers: Part;
  readonly waiting: Part;
}

export const AFTERSALE_SCHEMAS = 'ordo_aftersale_';
export const AFTERSALE_NODE_SCHEMA = 'ordo_aftersale_node';

const REFUND =
  'refund_id, status, version, kind, scope, origin, currency, amount, refund_number, appeals, failure, role, deadline_at, created_at, agreed_at, ended_at';
const TRANSFER =
  'refund_number, state, version, payment_id, channel, amount, sends, looks, failures, failure, channel_reference, next_at, reserved_at, sent_at, changed_at';
export const GRANT_COLUMNS =
  'grant_id, rule_name, rule_version, state, asset, amount, currency, liable, budget_day, sends, failures, failure, payer_reference, next_at, reserved_at';

/** `number`: of an order, or of a refund of one: they are laid out alike. Throws Refusal for text that is neither, and nothing for a node that is down. */
export async function readRefundRows(pools: NodePools, number: string): Promise<RefundRows> {
  const lane = laneOf(decodeOrderNumber(number).userShard);
  const schema = laneSchema(AFTERSALE_SCHEMAS, lane);
  const pool = pools.at(laneNode(lane, pools.all.length));
  const orderId = await orderOf(pool, schema, number);
  const id = quote(BigInt(orderId));
  const all = (columns: string, table: string, order: string): Promise<Part> =>
    readPart(pool, `SELECT ${columns} FROM ${schema}.${table} WHERE order_id = ${id} ORDER BY ${order}`);
  const [refunds, account, lines, transfers, facts, grants] = await Promise.all([
    all(REFUND, 'refund', 'refund_id'),
    all('currency, paid, held, confirmed, refund_count, version, changed_at', 'refund_account', 'order_id'),
    all('line_key, payment_id, paid, held, confirmed', 'refund_line', 'line_key'),
    all(TRANSFER, 'refund_transfer', 'refund_number'),
    all(
      'refund_number, seq, fact, amount, reason, channel_reference, happened_at',
      'refund_ledger',
      'refund_number, seq',
    ),
    all(GRANT_COLUMNS, 'compensation_grant', 'rule_name'),
  ]);
  return {
    ...{ orderId, place: `${schema} on ${pool.name}`, refunds, account, lines, transfers, facts, grants },
    timers: await readPart(pool, timersOf(orderId, refunds)),
    waiting: await readPart(
      pool,
      `SELECT lane, state, version, type, occurred_at FROM ${AFTERSALE_NODE_SCHEMA}.outbox WHERE lane = ${lane} AND state IN (0, 1) AND order_id = ${id} ORDER BY id`,
    ),
  };
}

async function orderOf(pool: NodePool, schema: string, number: string): Promise<string> {
  const found = await readPart(
    pool,
    `SELECT order_id FROM ${schema}.refund WHERE refund_id = ${quote(BigInt(number))}`,
  );
  const orderId = 'rows' in found ? found.rows[0]?.['order_id'] : undefined;
  return orderId === undefined || orderId === null ? number : String(orderId);
}

/** What is pending under the names of the order's refunds and grants. Served by `by_key`, one range per name. */
function timersOf(orderId: string, refunds: Part): string {
  const ids = 'rows' in refunds ? refunds.rows.map((row) => String(row['refund_id'])) : [];
  const ranges = [
    ...['refund-deadlines', 'order-duties'].flatMap((queue) => ids.map((id) => timersBeginning(queue, `${id}#`))),
    ...['refund-steps', 'compensation-steps'].map((queue) => timersBeginning(queue, `${orderId}-`)),
    timersBeginning('automatic-refunds', `${orderId}-`),
  ];
  return `SELECT queue, timer_key, state, due_at, attempts, failure FROM ${AFTERSALE_NODE_SCHEMA}.timer WHERE state IN (0, 3) AND (${ranges.join(' OR ')}) ORDER BY due_at`;
}

/** Of one queue, the timers whose keys begin so. Served by `by_key`. */
export const timersBeginning = (queue: string, prefix: string): string =>
  `(queue = ${quote(queue)} AND timer_key LIKE ${quote(`${prefix}%`)})`;
