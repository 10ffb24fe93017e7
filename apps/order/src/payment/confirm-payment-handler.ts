/**
 * The payment side's word that money arrived. Idempotent by payment id. A payment that finds the order closed or already paid
 * changes no state: it is recorded and announced, and its refund follows from the event.
 */

import { type OrderDocument, OrderStatus, OrderTag, type Role, refuse, refuseViolations } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { actingRole, type CallContext, isUnbound } from '@ordo/platform';
import type { Decision, Placement, ShardTransactions } from '@ordo/sharding';
import { assertVisible } from '../access/order-access.rules.js';
import type { OrderCache } from '../change/order-cache.js';
import { type ChangeEvent, transitionEffects } from '../change/order-change.js';
import {
  addressOf,
  type KnownPayment,
  knownPaymentsOf,
  type LockedOrder,
  lockedOrderOf,
  lockOrderWithPayments,
  type OrderAddress,
} from '../change/order-lock.repository.js';
import type { DeadlineSink } from '../deadlines/deadline-indexer.js';
import { checkTransition, deadlineAfter, next, OrderCommand, type TransitionRow } from '../lifecycle/order.state.js';
import type { OrderRow } from '../record/order-columns.js';
import { documentOf } from '../record/order-document.js';
import { visiblePartiesOf } from '../record/order-parties.js';
import type { OrderBase } from '../record/order-record.js';
import type { BusinessCalendar } from './business-day.js';
import { PaymentKind, paymentInsert } from './payment.repository.js';

export interface ConfirmPayment {
  readonly orderId: string;
  /** The payment side's id of this payment: the idempotency key of this operation. */
  readonly paymentId: string;
  readonly paidAmount: number;
  /** Epoch ms. */
  readonly paidAt: number;
}

const PAYMENT_BYTES = 5_120;

export class ConfirmPaymentHandler {
  constructor(
    private readonly placement: Placement,
    private readonly transactions: ShardTransactions,
    private readonly cache: OrderCache,
    private readonly deadlines: DeadlineSink,
    private readonly calendar: BusinessCalendar,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws PAYMENT_AMOUNT_MISMATCH when an unpaid order would be paid with another amount, PAYMENT_ID_REUSED when the payment id was
   * confirmed with another amount before, ORDER_NOT_FOUND, INVALID_ARGUMENT for a time in the future.
   */
  async handle(command: ConfirmPayment, context: CallContext): Promise<OrderDocument> {
    const address = addressOf(command.orderId, this.placement);
    this.assertPast(command.paidAt);
    let found = undefined as OrderBase | undefined;
    const decided = this.transactions.run<LockedOrder>({
      node: address.node,
      lockKey: address.lockKey,
      open: [lockOrderWithPayments(command.orderId, address)],
      sizeBytes: PAYMENT_BYTES,
      decide: ([opened]) => {
        const rows = opened as OrderRow[];
        const locked = lockedOrderOf(rows);
        found = locked?.base;
        assertVisible(context.caller, command.orderId, locked && visiblePartiesOf(locked.base));
        if (locked === undefined) throw refuse('ORDER_NOT_FOUND', `order ${command.orderId} does not exist`);
        return this.decide(locked, knownPaymentsOf(rows), command, context, address);
      },
    });
    const { base, ext } = await decided.catch((error: unknown) => this.cache.refused(found, error));
    this.deadlines.note(base);
    await this.cache.remember(base);
    return documentOf(base, ext);
  }

  private decide(
    locked: LockedOrder,
    earlier: readonly KnownPayment[],
    command: ConfirmPayment,
    context: CallContext,
    { schema }: OrderAddress,
  ): Decision<LockedOrder> {
    const same = earlier.find(({ paymentId }) => paymentId === command.paymentId);
    if (same !== undefined) {
      assertSamePayment(command, same.paidAmount);
      return { verdict: locked };
    }
    const before = locked.base;
    const nowMs = this.clock.nowMs();
    const role = roleFor(before, context);
    const row = checkTransition({
      ...{ orderId: before.orderId, bizType: before.bizType, status: before.status, command: OrderCommand.PAY },
      ...{ role: role as Role, times: before, nowMs },
    }) as TransitionRow;
    const isEffective = row.to !== before.status;
    if (isEffective) assertAmount(command, before.payAmount);
    const kind = kindOf(before, isEffective);
    const after = isEffective ? this.paid(locked, row, role, command, nowMs) : recorded(before);
    const effects = transitionEffects(
      before,
      after,
      eventOf(before, after, kind, role, command, nowMs),
      context.traceParent,
    );
    const payment = paymentInsert(schema, { ...command, kind }, nowMs);
    return {
      verdict: { base: after, ext: locked.ext },
      effects: { ...effects, inserts: [...effects.inserts, payment] },
    };
  }

  private paid(
    { base: before, ext }: LockedOrder,
    row: TransitionRow,
    role: number,
    command: ConfirmPayment,
    nowMs: number,
  ): OrderBase {
    return {
      ...before,
      status: row.to,
      version: before.version + 1,
      paidAt: command.paidAt,
      paymentId: command.paymentId,
      businessDate: this.calendar.dayOf(nowMs),
      deadlineAt: deadlineAfter(row, nowMs, ext.deadlines),
      role,
    };
  }

  private assertPast(paidAt: number): void {
    if (paidAt <= this.clock.nowMs() + CLOCK_TOLERANCE_MS) return;
    throw refuseViolations([{ field: 'paidAt', rule: 'past', message: 'must not lie in the future' }]);
  }
}

/** Clocks of two companies differ; five minutes is what signed callbacks of payment channels commonly allow. */
const CLOCK_TOLERANCE_MS = 300_000;

function roleFor(before: OrderBase, { caller }: CallContext): number {
  if (!isUnbound(caller)) return actingRole(caller);
  const allowed: readonly number[] = next(before.bizType, before.status, OrderCommand.PAY)?.roles ?? [];
  return actingRole(
    caller,
    caller.roles.find((role) => allowed.includes(role)),
  );
}

function assertAmount({ paidAmount, orderId }: ConfirmPayment, expected: number): void {
  if (paidAmount === expected) return;
  const message = `must be ${expected}, the amount to pay`;
  const violations = [{ field: 'paidAmount', rule: 'equals', message }];
  throw refuse('PAYMENT_AMOUNT_MISMATCH', `paidAmount ${message}`, {
    orderId,
    expected,
    given: paidAmount,
    violations,
  });
}

function assertSamePayment({ paidAmount, orderId, paymentId }: ConfirmPayment, confirmed: number): void {
  if (paidAmount === confirmed) return;
  const violations = [{ field: 'paymentId', rule: 'unique', message: 'stands for a payment of another amount' }];
  const details = { orderId, paymentId, confirmed, given: paidAmount, violations };
  throw refuse('PAYMENT_ID_REUSED', 'this payment was confirmed with another amount', details);
}

function kindOf(before: OrderBase, isEffective: boolean): PaymentKind {
  if (isEffective) return PaymentKind.EFFECTIVE;
  return before.status === OrderStatus.INVALID && before.paymentId === null ? PaymentKind.LATE : PaymentKind.DUPLICATE;
}

/** A payment that changes no state still is a change of the order: it takes a version, so that its event has an id of its own. */
const recorded = (before: OrderBase): OrderBase => ({
  ...before,
  version: before.version + 1,
  tags: before.tags | OrderTag.LATE_PAYMENT,
});

function eventOf(
  before: OrderBase,
  after: OrderBase,
  kind: PaymentKind,
  role: number,
  { paymentId, paidAmount, paidAt }: ConfirmPayment,
  nowMs: number,
): ChangeEvent {
  const told = { occurredAt: nowMs, role, reasonCode: null, note: null };
  const payment = { paymentId, paidAmount, currency: after.currency };
  if (kind !== PaymentKind.EFFECTIVE) {
    const data = {
      status: after.status,
      ...payment,
      paidAt: new Date(paidAt).toISOString(),
      kind: lateKindNames[kind],
    };
    return { type: 'order.late_payment', ...told, data };
  }
  const deadlineAt = after.deadlineAt === null ? null : new Date(after.deadlineAt).toISOString();
  const states = { status: after.status, previousStatus: before.status };
  return { type: 'order.paid', ...told, data: { ...states, ...payment, businessDate: after.businessDate, deadlineAt } };
}

const lateKindNames = { [PaymentKind.LATE]: 'LATE', [PaymentKind.DUPLICATE]: 'DUPLICATE' } as const;
