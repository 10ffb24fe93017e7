/** From the order message of `ordo.order.v1` to the order document: an absent field is what the document shows as null. */
import type { OrderDocument } from '@ordo/contracts';

export type OrderMessage = Partial<OrderDocument> & { readonly extensionJson: string };

const NULLS = {
  ...{ daySerial: null, deadlineAt: null, paidAt: null, acceptedAt: null, receivedAt: null, completedAt: null },
  ...{ invalidatedAt: null, reasonCode: null, role: null },
} as const satisfies Partial<OrderDocument>;

export function orderOf({ extensionJson, ...fields }: OrderMessage): OrderDocument {
  const extension = JSON.parse(extensionJson === '' ? '{}' : extensionJson) as OrderDocument['extension'];
  return { ...NULLS, ...fields, extension } as OrderDocument;
}
