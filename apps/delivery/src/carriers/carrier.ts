/**
 * Whoever brings the goods. A port, so that a carrier is one file; `carrier.contract.ts` is the suite that each has to pass.
 *
 * - **A call is safe to repeat.** The same credential is the same waybill: a carrier that heard it before answers with the waybill that it
 *   made then. The same credential with another digest is WAYBILL_CONFLICT: two different orders would otherwise become one.
 * - **No answer means nothing.** A call that failed or was not answered may have arrived. It is Transient CARRIER_UNAVAILABLE within the
 *   deadline, never a hang: the caller holds a place among few.
 * - **A carrier that says no says why.** CARRIER_REFUSED with `subState`; the waybill is rejected and may be called again elsewhere.
 * - **Cancelling and tipping what is unknown is done.** Our call may never have arrived.
 * - **What comes in is checked before it is read.** A message that the carrier did not sign, or long ago, is refused, and none of its
 *   content has been looked at.
 */
import type { DeliverySubState } from '@ordo/contracts';
import type { HeaderValues } from '@ordo/platform';
import type { Report } from '../waybill-life/waybill-life.js';

export interface CourierCall {
  /** `<orderId>-<attempt>`. */
  readonly waybillId: string;
  readonly attempt: number;
  readonly credential: string;
  readonly digest: string;
  /** JSON of a HandOffPayload. */
  readonly payload: string;
  readonly tipMinor: number;
}

export interface CalledWaybill {
  readonly waybillId: string;
  readonly credential: string;
  readonly currency: string;
}

export interface CarrierAnswer {
  /** The carrier's own name for the waybill. */
  readonly carrierRef: string | null;
}

/** A request that came to us. */
export interface IncomingMessage {
  /** Path and query, as they were asked for. */
  readonly target: string;
  readonly headers: HeaderValues;
  /** The body as it travelled; empty without one. */
  readonly raw: string;
}

export interface CarrierCallback {
  readonly orderId: string;
  readonly report: Report;
  readonly carrierRef: string | null;
  /** New for every delivery of a message that is not a replay. */
  readonly nonce: string;
}

export interface Carrier {
  readonly name: string;
  /** @throws Refusal CARRIER_REFUSED (details: `subState`), WAYBILL_CONFLICT; Transient CARRIER_UNAVAILABLE. */
  call(call: CourierCall): Promise<CarrierAnswer>;
  /** @throws Transient CARRIER_UNAVAILABLE; Refusal CARRIER_REFUSED when the goods are on their way. */
  cancel(waybill: CalledWaybill): Promise<void>;
  /** `totalMinor`: all tips so far, so that a repeat adds nothing. @throws as `cancel`. */
  tip(waybill: CalledWaybill, totalMinor: number): Promise<void>;
  /** @throws Refusal SIGNATURE_INVALID, SIGNATURE_EXPIRED; INVALID_ARGUMENT for content that cannot be read; WAYBILL_NOT_FOUND. */
  readCallback(message: IncomingMessage): CarrierCallback;
  /** For the carrier's pull and its acknowledgements. @throws Refusal SIGNATURE_INVALID, SIGNATURE_EXPIRED. */
  verify(message: IncomingMessage): void;
}

/** Why a carrier refused; OTHER where it used a word that we do not know. */
export interface CarrierRefusalDetails {
  readonly subState: DeliverySubState;
}
