/** What a carrier says about a waybill, by whichever way it reached us. */

import type { Report } from '../waybill-life/waybill-life.js';
import type { AcknowledgedBy } from '../waybills/waybill.repository.js';

export interface CarrierNews {
  readonly carrier: string;
  readonly orderId: string;
  readonly report: Report;
  readonly by: AcknowledgedBy;
  /** The carrier's own name for the waybill, where it says so. */
  readonly carrierRef: string | null;
  /** Of a signed message: kept as it came, and refused the second time. Absent: the answer to our own call, or a list that is safe to repeat. */
  readonly message?: { readonly nonce: string; readonly raw: string };
}
