/** The delivery of an order as REST and gRPC show it. No personal data: a courier is the carrier's name for a person. */
import type { DeliveryState } from './delivery-state.js';
import type { DeliverySubState } from './delivery-sub-state.js';

export interface DeliveryDocument {
  readonly deliveryId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly version: number;
  readonly state: DeliveryState;
  readonly subState: DeliverySubState | null;
  readonly since: string;
  readonly attempt: number;
  /** `<orderId>-<attempt>`. */
  readonly waybillId: string;
  readonly carrier: string | null;
  readonly courierId: string | null;
  readonly currency: string;
  readonly tip: number;
  readonly promisedAt: string | null;
  readonly deliveredAt: string | null;
  /** Null until it is judged. */
  readonly lateness: DeliveryLateness | null;
  /** Shown to the merchant and to services; null for others, and where nothing was agreed. */
  readonly expectedIncome: DeliveryExpectedIncome | null;
  /** No carrier acknowledged for a quarter of an hour. */
  readonly isUnclaimed: boolean;
}

export interface DeliveryLateness {
  readonly verdict: 'PUNCTUAL' | 'LATE' | 'EXCLUDED';
  readonly minutesLate: number;
  /** Why nothing is owed for lateness; null where that is not the reason. */
  readonly exclusion: string | null;
}

export interface DeliveryExpectedIncome {
  readonly income: number;
  readonly commission: number;
  readonly servicePackage: string;
  readonly formulaVersion: number;
}

export interface DeliveryTimelineEntry {
  readonly version: number;
  readonly type: string;
  readonly state: DeliveryState;
  readonly subState: DeliverySubState | null;
  readonly attempt: number;
  readonly carrier: string | null;
  readonly courierId: string | null;
  readonly role: number | null;
  readonly occurredAt: string;
}

export interface DeliveryTimeline {
  readonly orderId: string;
  /** Oldest first. */
  readonly entries: readonly DeliveryTimelineEntry[];
}

/** One call of a carrier, as `GET /v1/waybills/{waybillId}` shows it. */
export interface WaybillDocument {
  readonly waybillId: string;
  readonly orderId: string;
  readonly attempt: number;
  /** Whether its carrier has a say: reports about any other waybill of the order are kept, and not applied. */
  readonly isCurrent: boolean;
  readonly carrier: string;
  /** The carrier's own name for it; null until it says so. */
  readonly carrierRef: string | null;
  /** SHA-256 of what the carrier was told. */
  readonly digest: string;
  readonly calledAt: string;
  readonly acknowledgedAt: string | null;
}

/** One signed message of a carrier as it came, kept for disputes whatever it changed. For services: the carrier may have named persons. */
export interface CarrierReport {
  readonly reportId: string;
  readonly waybillId: string;
  readonly attempt: number;
  readonly carrier: string;
  readonly state: DeliveryState;
  readonly subState: DeliverySubState | null;
  readonly courierId: string | null;
  /** What it changed, or why nothing: a word that may be new to the reader. */
  readonly outcome: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** The bytes that were signed. */
  readonly raw: string;
}

export interface CarrierReportPage {
  readonly orderId: string;
  /** In the order in which they were received. */
  readonly reports: readonly CarrierReport[];
  /** Continues the list; null on its last page. */
  readonly nextCursor: string | null;
}
