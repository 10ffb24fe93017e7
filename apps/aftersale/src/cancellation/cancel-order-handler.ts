/**
 * Cancelling an order, as one operation for every side: at once where that is free, by an application where the other side has begun to work.
 * The order core has the last word on an end at once: a free time that is over by its clock becomes an application, and an order that moved on
 * in between is looked at once more.
 */
import type { OrderDocument, RefundDocument, Role } from '@ordo/contracts';
import { RefundScope } from '@ordo/contracts';
import { type Clock, Refusal } from '@ordo/kernel';
import { actingRole, type CallContext } from '@ordo/platform';
import type { ApplyRefundHandler } from '../application/apply-refund-handler.js';
import type { OrderPort, OrderSource } from '../application/order-source.js';
import { CancellationWay, reasonOf, wayOf } from '../refund/cancellation.rules.js';
import { RefundCommand } from '../refund/refund.state.js';

export interface CancelOrder {
  readonly orderId: string;
  readonly reasonCode?: number;
  readonly note?: string;
  readonly role?: number;
}

export interface CancellationAnswer {
  /** CANCELLED: the order has ended. APPLIED: the other side is asked, and silence agrees. */
  readonly outcome: 'CANCELLED' | 'APPLIED';
  readonly order: OrderDocument;
  readonly refund: RefundDocument | null;
}

/** The order moved on while it was looked at: once is a race, twice is a state of its own. */
const LOOKS = 2;
/** Why the order core refused: the word of its own conflict. */
const WINDOW_CLOSED = 'WINDOW_CLOSED';
const REASON = 'cancelled by the user';

export class CancelOrderHandler {
  constructor(
    private readonly source: OrderSource,
    private readonly orders: OrderPort,
    private readonly applications: ApplyRefundHandler,
    private readonly clock: Clock,
  ) {}

  /** Throws ORDER_NOT_FOUND, ORDER_NOT_CANCELLABLE (409) naming the state, FORBIDDEN; what an application throws. Safe to repeat. */
  async handle(command: CancelOrder, key: string | undefined, context: CallContext): Promise<CancellationAnswer> {
    const role = actingRole(context.caller, command.role) as Role;
    for (let look = 1; ; look += 1) {
      const order = await this.source.visible(command.orderId, context.caller, context.traceParent);
      if (wayOf(order, role, this.clock.nowMs()) === CancellationWay.BY_APPLICATION) {
        return this.apply(order, command, key, context);
      }
      try {
        return { outcome: 'CANCELLED', order: await this.end(order, command, role, context), refund: null };
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== 'ORDER_NOT_INVALIDATABLE') throw error;
        if (error.details['reason'] === WINDOW_CLOSED) return this.apply(order, command, key, context);
        if (look >= LOOKS) throw error;
      }
    }
  }

  private end(order: OrderDocument, command: CancelOrder, role: Role, context: CallContext): Promise<OrderDocument> {
    const { orderId, note } = command;
    const reasonCode = command.reasonCode ?? reasonOf(order, role);
    const asked = { orderId, reasonCode, role, ...(note === undefined ? {} : { note }) };
    return this.orders.invalidate(asked, context.traceParent);
  }

  /** Without a key of its own one application per order: a user who presses twice has asked once. */
  private async apply(
    order: OrderDocument,
    { orderId, note }: CancelOrder,
    key: string | undefined,
    context: CallContext,
  ): Promise<CancellationAnswer> {
    const command = { orderId, scope: RefundScope.FULL, reason: note ?? REASON, evidence: [] };
    const { refund } = await this.applications.handle(
      RefundCommand.APPLY,
      command,
      key ?? `cancel-${orderId}`,
      context,
    );
    return { outcome: 'APPLIED', order, refund };
  }
}
