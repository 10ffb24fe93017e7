/** Judges what has not arrived when nothing more can be owed for it. Safe to repeat: a verdict is given once. */
import type { DueTimer, TimerTask } from '@ordo/timers';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { OpenedWaybills, openWaybills } from '../change/opened-waybills.js';
import { verdictOn } from './lateness-verdict.js';

export class LatenessTask implements TimerTask {
  constructor(private readonly changes: DeliveryChanges) {}

  async handle({ payload }: DueTimer): Promise<undefined> {
    const orderId = payload ?? '';
    await this.changes.run<void>({
      orderId,
      traceParent: null,
      open: (address) => openWaybills(orderId, address),
      decide: ({ record, more, nowMs }) => {
        if (record === undefined) return { verdict: undefined };
        const judged = verdictOn(record, new OpenedWaybills(more).subStates(record.life.attempt), nowMs);
        if (judged === undefined) return { verdict: undefined };
        return { verdict: undefined, after: { ...record, lateness: judged.lateness }, events: judged.events };
      },
    });
    return undefined;
  }
}
