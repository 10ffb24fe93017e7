/** Reads what is stored of the compensations of one order: grants, the facts of their ledger, timers, outbox. */
import { decodeOrderNumber, laneNode, laneOf, laneSchema, type NodePools, quote } from '@ordo/sharding';
import { type Part, readPart } from '../order/order-rows.repository.js';
import {
  AFTERSALE_NODE_SCHEMA,
  AFTERSALE_SCHEMAS,
  GRANT_COLUMNS,
  timersBeginning,
} from '../refunds/refund-rows.repository.js';

export interface CompensationRows {
  readonly place: string;
  /** Of the order that the number names, or the one that has it for its id. */
  readonly grants: Part;
  readonly facts: Part;
  readonly timers: Part;
  readonly waiting: Part;
}

const FACT = 'rule_name, seq, fact, amount, reason, payer_reference, happened_at';
const nothing: Part = { rows: [] };

/** `number`: of an order, or the id of a compensation: they are laid out alike. Throws Refusal for text that is neither, and nothing for a node that is down. */
export async function readCompensationRows(pools: NodePools, number: string): Promise<CompensationRows> {
  const lane = laneOf(decodeOrderNumber(number).userShard);
  const schema = laneSchema(AFTERSALE_SCHEMAS, lane);
  const pool = pools.at(laneNode(lane, pools.all.length));
  const id = quote(BigInt(number));
  // Two keys, one each: an OR would read the table.
  const grantsBy = (column: string): Promise<Part> =>
    readPart(
      pool,
      `SELECT order_id, ${GRANT_COLUMNS} FROM ${schema}.compensation_grant WHERE ${column} = ${id} ORDER BY rule_name`,
    );
  const ofOrder = await grantsBy('order_id');
  const grants = 'rows' in ofOrder && ofOrder.rows.length === 0 ? await grantsBy('grant_id') : ofOrder;
  const place = `${schema} on ${pool.name}`;
  const named = 'rows' in grants ? grants.rows : [];
  if (named.length === 0) return { place, grants, facts: nothing, timers: nothing, waiting: nothing };
  const orderId = quote(BigInt(String(named[0]?.['order_id'])));
  const rules = named.map((row) => quote(String(row['rule_name']))).join(', ');
  const steps = named.map((row) => timersBeginning('compensation-steps', `${row['order_id']}-c-${row['rule_name']}#`));
  const [facts, timers, waiting] = await Promise.all([
    readPart(
      pool,
      `SELECT ${FACT} FROM ${schema}.compensation_ledger WHERE order_id = ${orderId} AND rule_name IN (${rules}) ORDER BY rule_name, seq`,
    ),
    readPart(
      pool,
      `SELECT queue, timer_key, state, due_at, attempts, failure FROM ${AFTERSALE_NODE_SCHEMA}.timer WHERE state IN (0, 3) AND (${steps.join(' OR ')}) ORDER BY due_at`,
    ),
    readPart(
      pool,
      `SELECT lane, state, version, type, occurred_at FROM ${AFTERSALE_NODE_SCHEMA}.outbox WHERE lane = ${lane} AND state IN (0, 1) AND order_id = ${orderId} AND type LIKE 'compensation.%' ORDER BY id`,
    ),
  ]);
  return { place, grants, facts, timers, waiting };
}
