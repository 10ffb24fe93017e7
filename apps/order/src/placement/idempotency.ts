/**
 * What makes two placements the same one (P5) beside their key: the body, as a digest of its meaning, so that another order of
 * properties is the same body.
 */
import { hash } from 'node:crypto';
import type { OrderExt } from '../record/order-record.js';
import type { PlaceOrder } from './place-order.js';

const sortedKeys = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** The digest of what was asked for. `ext` is built by us in a fixed order; only the extension is as the caller wrote it. */
export function requestDigestOf(command: PlaceOrder, ext: OrderExt): Buffer {
  const { bizType, userId, merchantId, currency, payAmount } = command;
  const { extension, ...fixed } = ext;
  const meaning = JSON.stringify([bizType, userId, merchantId, currency, payAmount, fixed]);
  return hash('sha256', meaning + JSON.stringify(extension, sortedKeys), 'buffer');
}
