/** A merchant who takes an order and then ends it owes the user something, by the rule `forced-cancel`. Begun by the end of the order, once. */
import { type OrderDocument, OrderStatus, Role } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { Logger } from '@ordo/platform';
import type { CompensationBook } from './compensation-book.js';

const RULE = 'forced-cancel';

export class ForcedCancellation {
  constructor(
    private readonly book: Pick<CompensationBook, 'grantFor'>,
    private readonly logger: Logger,
  ) {}

  /** Safe to repeat. A refusal (no rule for this business type, the budget is spent) is final: the refund of the order does not depend on it. */
  async orderEnded(order: OrderDocument): Promise<void> {
    if (!isForced(order)) return;
    const { orderId, userId, merchantId, bizType, currency, invalidatedAt } = order;
    const facts = { measures: {}, occurredAtMs: Date.parse(invalidatedAt ?? order.createdAt) };
    try {
      await this.book.grantFor({ orderId, userId, merchantId, bizType, currency }, RULE, facts);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.logger.warn('a forced cancellation is granted nothing', { orderId, code: error.code });
    }
  }
}

const isForced = ({ status, role, acceptedAt }: OrderDocument): boolean =>
  status === OrderStatus.INVALID && role === Role.MERCHANT && acceptedAt !== null;
