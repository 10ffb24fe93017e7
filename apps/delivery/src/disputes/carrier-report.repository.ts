/** What carriers said, as it lies in the shard of the order: every signed message, whatever it changed. Written with its effect (`callbacks/`). */
import { type CarrierReport, type DeliverySubState, deliveryStateOf } from '@ordo/contracts';
import { msOfDateTime, type NodePools, type Placement } from '@ordo/sharding';
import { addressOf } from '../schemas/delivery-schemas.js';
import { waybillIdOf } from '../waybills/waybill.js';

type Row = Readonly<Record<string, string | number | null>>;

export class CarrierReportRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** In the order in which they were received, after the report `after`. */
  async of(orderId: string, after: string | undefined, limit: number): Promise<readonly CarrierReport[]> {
    const { node, schema } = addressOf(orderId, this.placement);
    const sql =
      `SELECT * FROM ${schema}.carrier_report WHERE order_id=${orderId} AND id>${after ?? '0'} ` +
      `ORDER BY id LIMIT ${limit}`;
    const rows = await this.pools.at(node).query<Row[]>(sql);
    return rows.map(reportOf);
  }
}

function reportOf(row: Row): CarrierReport {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  const instantOf = (name: string): string => new Date(msOfDateTime(String(row[name]))).toISOString();
  const attempt = Number(row['attempt']);
  return {
    reportId: String(row['id']),
    waybillId: waybillIdOf(String(row['order_id']), attempt),
    attempt,
    carrier: String(row['carrier']),
    state: deliveryStateOf(Number(row['state'])),
    subState: textOf('sub_state') as DeliverySubState | null,
    courierId: textOf('courier_id'),
    outcome: String(row['outcome']),
    occurredAt: instantOf('occurred_at'),
    receivedAt: instantOf('received_at'),
    raw: String(row['raw']),
  };
}
