import type { Parties } from '@ordo/platform';
import type { OrderBase } from './order-record.js';

/** Whom an order may be shown to. It is effective, and so the merchant's to see, once it was paid. */
export const visiblePartiesOf = ({ userId, merchantId, paidAt }: OrderBase): Parties => {
  return { userId, merchantId, effective: paidAt !== null };
};
