/** What most changes look at beside the delivery itself: its waybills, what carriers have not acknowledged, and the reasons they gave. */
import { type DeliverySubState } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { DELIVERY_NODE_SCHEMA, type DeliveryAddress } from '../schemas/delivery-schemas.js';
import type { Waybill } from '../waybills/waybill.js';
import { waybillOfRow } from '../waybills/waybill.repository.js';

type Row = Readonly<Record<string, string | number | null>>;

/** The statements, for `ChangeRequest.open`; further ones may follow. */
export const openWaybills = (orderId: string, { schema }: DeliveryAddress): readonly string[] => [
  `SELECT * FROM ${schema}.waybill WHERE order_id=${orderId} ORDER BY attempt`,
  `SELECT attempt FROM ${DELIVERY_NODE_SCHEMA}.hand_off WHERE order_id=${orderId}`,
  `SELECT DISTINCT attempt, sub_state FROM ${schema}.carrier_report WHERE order_id=${orderId} AND sub_state IS NOT NULL`,
];
export const OPEN_WAYBILLS = 3;

export class OpenedWaybills {
  private readonly waybills: readonly Waybill[];
  private readonly handedOff: ReadonlySet<number>;
  private readonly reasons: readonly Row[];

  constructor([waybills, handOffs, reasons]: readonly unknown[]) {
    this.waybills = (waybills as Row[]).map(waybillOfRow);
    this.handedOff = new Set((handOffs as Row[]).map((row) => Number(row['attempt'])));
    this.reasons = reasons as Row[];
  }

  find(attempt: number): Waybill | undefined {
    return this.waybills.find((waybill) => waybill.attempt === attempt);
  }

  /** Every attempt has one; a delivery that never called a carrier has none at all. */
  of(attempt: number): Waybill {
    const waybill = this.find(attempt);
    invariant(waybill !== undefined, `attempt ${attempt} has no waybill`, { attempt });
    return waybill;
  }

  /** Whether the carrier may still pull it. */
  isHandedOff(attempt: number): boolean {
    return this.handedOff.has(attempt);
  }

  subStates(attempt: number): readonly DeliverySubState[] {
    return this.reasons
      .filter((row) => Number(row['attempt']) === attempt)
      .map((row) => String(row['sub_state']) as DeliverySubState);
  }
}
