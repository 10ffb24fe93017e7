/** Who may see an order (P10). What may not be seen is answered as what does not exist, because a 403 would confirm it. */
import { refuse } from '@ordo/contracts';
import { type CallerIdentity, canSee, type Parties } from '@ordo/platform';

/** Throws the same 404 as an order that does not exist, word for word, unless the caller may see it. */
export function assertVisible(caller: CallerIdentity, orderId: string, order: Parties | undefined): void {
  if (order === undefined || !canSee(caller, order)) throw orderNotFound(orderId);
}

/** The one refusal for an order that is absent or somebody else's. */
export const orderNotFound = (orderId: string): Error =>
  refuse('ORDER_NOT_FOUND', `order ${orderId} does not exist`, { orderId });
