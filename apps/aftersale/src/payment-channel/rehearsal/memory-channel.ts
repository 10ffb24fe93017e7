/** A channel in memory that keeps the contract: for pure specs, and as the one that the contract's own spec breaks on purpose. */
import { refuse } from '@ordo/contracts';
import {
  type PartnerAnswer,
  PartnerRefusal,
  type PartnerStanding,
  refused,
  UnknownCause,
  unknown,
} from '../../transfer/partner-answer.js';
import type { RawCallback } from '../../transfer/signed-http-callback.js';
import type {
  ChannelEvent,
  ChannelPage,
  ChannelRefund,
  CreatedRange,
  PaymentChannel,
  RefundInstruction,
  RefundLookup,
} from '../payment-channel.js';
import type { ChannelStep } from './channel-step.js';

export interface Movement extends RefundInstruction {
  status: 'pending' | 'succeeded' | 'failed';
  reason: PartnerRefusal;
  readonly reference: string;
  readonly createdAtMs: number;
  /** How often money left under it; more than once is what everything here is against. */
  moved: number;
}

export interface MemoryPayment {
  readonly amount: number;
  readonly currency: string;
}

const PAGE = 3;

export class MemoryChannel implements PaymentChannel {
  readonly name = 'memory';
  readonly movements: Movement[] = [];
  readonly payments = new Map<string, MemoryPayment>();
  readonly plans = new Map<string, ChannelStep[]>();
  /** Numbers whose final refusal binds. */
  protected readonly closed = new Map<string, PartnerRefusal>();
  requests = 0;

  constructor(protected readonly nowMs: () => number = Date.now) {}

  async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    this.requests += 1;
    const step = this.plans.get(instruction.refundNumber)?.shift() ?? {};
    if (step.before === 'drop') return unknown(UnknownCause.CONNECTION);
    if (step.before === 'hang') return unknown(UnknownCause.TIMEOUT);
    const answer = this.work(instruction, step);
    return step.after === 'drop' ? unknown(UnknownCause.CONNECTION) : answer;
  }

  async query({ refundNumber }: RefundLookup): Promise<PartnerStanding> {
    const movement = this.movementOf(refundNumber);
    const closed = this.closed.get(refundNumber);
    if (movement === undefined)
      return closed === undefined ? { kind: 'not-found' } : { kind: 'failed', reason: closed };
    const { status, reference, reason } = movement;
    return status === 'failed' ? { kind: 'failed', reason } : { kind: status, reference };
  }

  /** The memory's signature is a header that repeats the length of the body. */
  verifyCallback({ body, headers }: RawCallback): ChannelEvent | undefined {
    if (headers['signature'] !== String(body.length)) throw refuse('SIGNATURE_INVALID', 'signature does not fit');
    const event = JSON.parse(body.toString()) as ChannelEvent;
    if (Math.abs(this.nowMs() - event.occurredAtMs) > 300_000) throw refuse('SIGNATURE_EXPIRED', 'too old');
    if (typeof event.refundNumber !== 'string') throw refuse('CALLBACK_UNREADABLE', 'no refund number');
    return event;
  }

  async list({ fromMs, toMs }: CreatedRange, after = '0'): Promise<ChannelPage> {
    const found = this.movements.filter(({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs < toMs);
    const start = Number(after);
    const refunds = found.slice(start, start + PAGE).map(shown);
    return start + PAGE < found.length ? { refunds, next: String(start + PAGE) } : { refunds };
  }

  /** The money of every pending movement moves now. */
  settle(): void {
    for (const movement of this.movements.filter(({ status }) => status === 'pending')) this.move(movement);
  }

  movementOf(refundNumber: string): Movement | undefined {
    return this.movements.find((movement) => movement.refundNumber === refundNumber);
  }

  protected work(instruction: RefundInstruction, step: ChannelStep): PartnerAnswer {
    const { refundNumber, amount, paymentId } = instruction;
    const known = this.movementOf(refundNumber);
    if (known !== undefined) return this.again(known, instruction, step);
    const closed = this.closed.get(refundNumber);
    if (closed !== undefined) return refused(closed);
    const forced = step.refuse;
    const left = (this.payments.get(paymentId)?.amount ?? 0) - this.goneOf(paymentId);
    const reason = forced ?? (amount > left ? PartnerRefusal.AMOUNT_EXCEEDS : undefined);
    if (reason !== undefined) {
      const answer = refused(reason);
      if (answer.kind === 'refused' && answer.isFinal) this.closed.set(refundNumber, reason);
      return answer;
    }
    const movement: Movement = {
      ...{ ...instruction, status: 'pending', reason: PartnerRefusal.OTHER, moved: 0 },
      ...{ reference: `m${this.movements.length + 1}`, createdAtMs: this.nowMs() },
    };
    this.movements.push(movement);
    return this.begin(movement, step);
  }

  protected again(known: Movement, { amount, paymentId }: RefundInstruction, step: ChannelStep): PartnerAnswer {
    if (known.amount !== amount || known.paymentId !== paymentId) return refused(PartnerRefusal.NUMBER_REUSED);
    return known.status === 'failed' ? this.begin(known, step) : answerOf(known);
  }

  private begin(movement: Movement, step: ChannelStep): PartnerAnswer {
    movement.status = 'pending';
    if (step.settle === 'at-once') this.move(movement);
    if (step.settle === 'fails') movement.status = 'failed';
    return step.settle === 'fails' ? { kind: 'accepted', reference: movement.reference } : answerOf(movement);
  }

  protected move(movement: Movement): void {
    movement.status = 'succeeded';
    movement.moved += 1;
  }

  private goneOf(paymentId: string): number {
    const live = this.movements.filter((each) => each.paymentId === paymentId && each.status !== 'failed');
    return live.reduce((sum, { amount }) => sum + amount, 0);
  }
}

const answerOf = ({ status, reference }: Movement): PartnerAnswer => ({
  kind: status === 'succeeded' ? 'succeeded' : 'accepted',
  reference,
});

const shown = ({
  refundNumber,
  reference,
  paymentId,
  amount,
  currency,
  status,
  createdAtMs,
}: Movement): ChannelRefund => ({
  ...{ refundNumber, reference, paymentId, amount, currency, outcome: status, createdAtMs },
});
