/** Timers are set by what they call: handlers need them before they can be made. The knot is tied once, while the process starts. */
import { invariant } from '@ordo/kernel';
import type { Timers } from '@ordo/timers';
import { type RefundTimers, refundTimers } from '../change/refund-timers.js';
import { COMPENSATION_STEPS } from '../compensation/compensation-steps.js';
import { REFUND_STEPS } from '../refund-ledger/refund-steps.js';
import { type StepTimers, stepTimers } from '../transfer/step-timers.js';

export class TimerKnot {
  private known: Timers | undefined;

  tie(timers: Timers): void {
    this.known = timers;
  }

  get timers(): Timers {
    invariant(this.known !== undefined, 'a timer was set before there were timers');
    return this.known;
  }

  readonly refunds: RefundTimers = {
    deadline: (node, record, dueMs) => refundTimers(this.timers).deadline(node, record, dueMs),
    duty: (node, record, nowMs) => refundTimers(this.timers).duty(node, record, nowMs),
  };

  readonly steps: StepTimers = {
    plan: (node, number, version, dueMs) => stepTimers(this.timers, REFUND_STEPS).plan(node, number, version, dueMs),
  };

  readonly grants: StepTimers = {
    plan: (node, number, version, dueMs) =>
      stepTimers(this.timers, COMPENSATION_STEPS).plan(node, number, version, dueMs),
  };
}
