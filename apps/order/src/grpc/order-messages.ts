/**
 * Between the messages of `ordo.order.v1` and the documents of the contract. They carry the same names, so that only two things
 * differ: an extension travels as JSON text (protobuf has no integers in its Struct), and an absent field is what JSON shows as null.
 */
import { type OrderDocument, refuseViolations } from '@ordo/contracts';

/** A message as the loader gives it: scalars with their defaults, optional fields absent, messages null when absent. */
export type Message = Readonly<Record<string, unknown>>;

export type OrderMessage = OrderDocument & { readonly extensionJson: string };

/** The encoder leaves out null and what the message type does not name, so that the document can stay as it is. */
export const orderMessageOf = (order: OrderDocument): OrderMessage => ({
  ...order,
  extensionJson: JSON.stringify(order.extension),
});

/** The body of a placement. Throws INVALID_ARGUMENT on `extensionJson` that is no JSON. */
export function placementOf(message: Message): { readonly body: Message; readonly idempotencyKey: string } {
  const { idempotencyKey, extensionJson, ...body } = message;
  const key = typeof idempotencyKey === 'string' ? idempotencyKey : '';
  if (typeof extensionJson !== 'string') return { body, idempotencyKey: key };
  return { body: { ...body, extension: jsonOf(extensionJson) }, idempotencyKey: key };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuseViolations([{ field: 'extensionJson', rule: 'json', message: 'must be the text of a JSON object' }]);
  }
}
