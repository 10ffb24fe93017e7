/** The certain way of a push: timers at the instants of the table, until the carrier has it or the last has passed. */
import { DeliveryState } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import type { Placement } from '@ordo/sharding';
import type { DueTimer, Timers, TimerTask } from '@ordo/timers';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { type PushTimer, pushTimer } from '../change/delivery-queues.js';
import { addressOf } from '../schemas/delivery-schemas.js';
import { nextPushAt } from '../waybill-life/push-instants.rules.js';
import { type Pusher, PushOutcome } from './pusher.js';

export interface PushSettings {
  /** How long after the first push the last one leaves; {@link UNCLAIMED_AFTER_MS} unless an installation is less patient. */
  readonly unclaimedAfterMs: number;
  /** Hears of the alarm after it was committed, once per attempt. */
  readonly onUnclaimed: (carrier: string, orderId: string, attempt: number) => void;
}

export class PushTask implements TimerTask {
  constructor(
    private readonly pusher: Pusher,
    private readonly changes: DeliveryChanges,
    /** Asked when a push failed; the runtime that fires this task makes them. */
    private readonly timers: () => Pick<Timers, 'schedule'>,
    private readonly placement: Placement,
    private readonly clock: Clock,
    private readonly settings: PushSettings,
  ) {}

  /** The next timer is set before this one counts as fired: a death in between pushes once more, and never too little. */
  async handle({ payload }: DueTimer): Promise<undefined> {
    const { orderId, attempt, push } = JSON.parse(payload ?? '') as PushTimer;
    const { outcome, calledAtMs } = await this.pusher.push(orderId, attempt);
    if (outcome !== PushOutcome.FAILED) return undefined;
    const dueMs = nextPushAt(calledAtMs, this.clock.nowMs(), this.settings.unclaimedAfterMs);
    if (dueMs === null) await this.raiseAlarm(orderId, attempt);
    else {
      const next = pushTimer({ orderId, attempt, push: push + 1 }, dueMs);
      await this.timers().schedule(next, addressOf(orderId, this.placement).node);
    }
    return undefined;
  }

  /** Nobody is pushed any more; the carrier may still pull, the merchant may call again or deliver. */
  private async raiseAlarm(orderId: string, attempt: number): Promise<void> {
    const carrier = await this.changes.run<string | null>({
      orderId,
      traceParent: null,
      decide: ({ record, nowMs }) => {
        const waits = record?.life.attempt === attempt && record.life.state === DeliveryState.TO_CALL;
        if (record === undefined || !waits || record.unclaimedAtMs !== null) return { verdict: null };
        return {
          verdict: record.carrier,
          after: { ...record, unclaimedAtMs: nowMs },
          events: [{ type: 'delivery.unclaimed', occurredAtMs: nowMs, role: null }],
        };
      },
    });
    if (carrier !== null) this.settings.onUnclaimed(carrier, orderId, attempt);
  }
}
