/** Every read of a delivery outside of a change. */
import type { DeliverySubState, DeliveryTimelineEntry } from '@ordo/contracts';
import { deliveryStateOf } from '@ordo/contracts';
import { msOfDateTime, type NodePools, type Placement } from '@ordo/sharding';
import { addressOf } from '../schemas/delivery-schemas.js';
import { type DeliveryRow, recordOf } from './delivery-columns.js';
import type { DeliveryRecord } from './delivery-record.js';

export class DeliveryRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** Undefined: the order has no delivery. */
  async read(orderId: string): Promise<DeliveryRecord | undefined> {
    const { node, schema } = addressOf(orderId, this.placement);
    const sql = `SELECT * FROM ${schema}.delivery WHERE order_id=${orderId}`;
    const [row] = await this.pools.at(node).query<DeliveryRow[]>(sql);
    return row && recordOf(row);
  }

  /** Oldest first. */
  async timeline(orderId: string): Promise<readonly DeliveryTimelineEntry[]> {
    const { node, schema } = addressOf(orderId, this.placement);
    const sql = `SELECT * FROM ${schema}.delivery_event WHERE order_id=${orderId} ORDER BY version`;
    const rows = await this.pools.at(node).query<DeliveryRow[]>(sql);
    return rows.map(entryOf);
  }

  /** The reasons that carriers gave in one attempt, applied or not. */
  async subStates(orderId: string, attempt: number): Promise<readonly DeliverySubState[]> {
    const { node, schema } = addressOf(orderId, this.placement);
    const sql = `SELECT DISTINCT sub_state FROM ${schema}.carrier_report WHERE order_id=${orderId} AND attempt=${attempt} AND sub_state IS NOT NULL`;
    const rows = await this.pools.at(node).query<DeliveryRow[]>(sql);
    return rows.map((row) => String(row['sub_state']) as DeliverySubState);
  }
}

function entryOf(row: DeliveryRow): DeliveryTimelineEntry {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    version: Number(row['version']),
    type: String(row['type']),
    state: deliveryStateOf(Number(row['state'])),
    subState: textOf('sub_state') as DeliverySubState | null,
    attempt: Number(row['attempt']),
    carrier: textOf('carrier'),
    courierId: textOf('courier_id'),
    role: row['role'] === null ? null : Number(row['role']),
    occurredAt: new Date(msOfDateTime(String(row['occurred_at']))).toISOString(),
  };
}
