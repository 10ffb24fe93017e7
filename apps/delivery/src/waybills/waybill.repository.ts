/** Every statement on `waybill` and on `hand_off`, the list of what a carrier has not acknowledged. */
import type { GroupedInsert, NodePools, Placement } from '@ordo/sharding';
import { dateTimeText, msOfDateTime, quote, quoteList } from '@ordo/sharding';
import { addressOf, DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';
import type { Waybill } from './waybill.js';

type Row = Readonly<Record<string, string | number | null>>;

/** By whose word the carrier has it; stored. */
export type AcknowledgedBy = 'PUSH' | 'PULL' | 'REPORT';

const HAND_OFF = `${DELIVERY_NODE_SCHEMA}.hand_off`;

export function waybillInserts(schema: string, waybill: Waybill): readonly GroupedInsert[] {
  const { orderId, attempt, carrier, credential, payload, digest, calledAtMs } = waybill;
  const calledAt = dateTimeText(calledAtMs);
  return [
    {
      into: `INSERT INTO ${schema}.waybill (order_id, attempt, carrier, credential, payload, digest, called_at)`,
      row: quoteList([orderId, attempt, carrier, credential, payload, digest, calledAt]),
    },
    {
      into: `INSERT INTO ${HAND_OFF} (carrier, order_id, attempt, created_at)`,
      row: quoteList([carrier, orderId, attempt, calledAt]),
    },
  ];
}

export const selectWaybill = (schema: string, orderId: string, attempt: number): string =>
  `SELECT * FROM ${schema}.waybill WHERE order_id=${orderId} AND attempt=${attempt}`;

/** Changes one row if nobody acknowledged before, which the change has looked at under the lock of the delivery. */
export function acknowledgeWaybill(
  schema: string,
  waybill: Waybill,
  by: AcknowledgedBy,
  ref: string | null,
  nowMs: number,
): string {
  const facts = `acknowledged_at=${quote(dateTimeText(nowMs))}, acknowledged_by=${quote(by)}, carrier_ref=${quote(ref)}`;
  return `UPDATE ${schema}.waybill SET ${facts} WHERE order_id=${waybill.orderId} AND attempt=${waybill.attempt} AND acknowledged_at IS NULL`;
}

/** With the acknowledgement, or when nobody is to carry it any more. */
export const deleteHandOff = (orderId: string, attempt: number): string =>
  `DELETE FROM ${HAND_OFF} WHERE order_id=${orderId} AND attempt=${attempt}`;

export function waybillOfRow(row: Row): Waybill {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    orderId: String(row['order_id']),
    attempt: Number(row['attempt']),
    carrier: String(row['carrier']),
    credential: String(row['credential']),
    payload: String(row['payload']),
    digest: String(row['digest']),
    carrierRef: textOf('carrier_ref'),
    calledAtMs: msOfDateTime(String(row['called_at'])),
    acknowledgedAtMs: msOfDateTime(textOf('acknowledged_at')),
  };
}

export interface HandOffPosition {
  readonly node: number;
  readonly id: string;
}

export class WaybillRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  async read(orderId: string, attempt: number): Promise<Waybill | undefined> {
    const { node, schema } = addressOf(orderId, this.placement);
    const [row] = await this.pools.at(node).query<Row[]>(selectWaybill(schema, orderId, attempt));
    return row && waybillOfRow(row);
  }

  /** What `carrier` has not acknowledged on one node, by rising id; what is acknowledged meanwhile disappears from the list. */
  async unacknowledged(carrier: string, { node, id }: HandOffPosition, limit: number) {
    const sql = `SELECT id, order_id, attempt FROM ${HAND_OFF} WHERE carrier=${quote(carrier)} AND id>${id} ORDER BY id LIMIT ${limit}`;
    const rows = await this.pools.at(node).query<Row[]>(sql);
    return rows.map((row) => ({
      id: String(row['id']),
      orderId: String(row['order_id']),
      attempt: Number(row['attempt']),
    }));
  }

  get nodeCount(): number {
    return this.pools.all.length;
  }
}
