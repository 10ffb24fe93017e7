/** A waybill: one call for one order. Its names say where it lies, as an order number does. */
import { createHash, createHmac } from 'node:crypto';
import { isDecimalId } from '@ordo/kernel';

/** What a carrier needs for delivering now, and nothing else. */
export interface HandOffPayload {
  readonly orderId: string;
  readonly bizType: string;
  readonly merchantId: string;
  readonly currency: string;
  /** What the goods are worth, minor units. */
  readonly goodsAmount: number;
  readonly items: readonly { readonly name: string; readonly quantity: number }[];
  readonly recipient: {
    readonly name: string;
    readonly phone: string;
    readonly address: string;
    readonly longitude: number | null;
    readonly latitude: number | null;
  };
  readonly remark: string;
  readonly promisedAt: string | null;
}

export interface Waybill {
  readonly orderId: string;
  readonly attempt: number;
  readonly carrier: string;
  readonly credential: string;
  /** JSON of a {@link HandOffPayload}, as it is pushed and pulled: its bytes are what the digest speaks of. */
  readonly payload: string;
  readonly digest: string;
  readonly carrierRef: string | null;
  readonly calledAtMs: number;
  readonly acknowledgedAtMs: number | null;
}

export const waybillIdOf = (orderId: string, attempt: number): string => `${orderId}-${attempt}`;

/** `<orderId>-<attempt>`. */
export const WAYBILL_ID = /^(\d{1,19})-([1-9]\d{0,3})$/;

/** Undefined for a text that names no waybill of ours. */
export function waybillOf(waybillId: string): { readonly orderId: string; readonly attempt: number } | undefined {
  const [, orderId, attempt] = WAYBILL_ID.exec(waybillId) ?? [];
  return orderId !== undefined && isDecimalId(orderId) ? { orderId, attempt: Number(attempt) } : undefined;
}

/** One secret serves several purposes; a text of one is never one of another. */
const PURPOSE = 'ordo.waybill.v1:';

/** f(order, attempt): a carrier that sees it twice has the same waybill before it; nobody else can make one. */
export const credentialOf = (orderId: string, attempt: number, secret: string): string =>
  createHmac('sha256', secret).update(`${PURPOSE}${orderId}:${attempt}`).digest('base64url');

export const digestOf = (payload: string): string => createHash('sha256').update(payload).digest('hex');
