/**
 * Tells the order that its user has the goods. Guarantee: told at least once, taken once (a repeated receipt is a replay there), and written down
 * here whether the order took it: an order that ended meanwhile does not.
 */
import type { OrderClient } from '@ordo/assembly';
import { Role } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { DueTimer, TimerTask } from '@ordo/timers';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import type { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import { ReceiptState } from '../delivery-record/delivery-record.js';

export class ReceiptDesk implements TimerTask {
  constructor(
    private readonly deliveries: DeliveryRepository,
    private readonly changes: DeliveryChanges,
    private readonly orders: Pick<OrderClient, 'advance'>,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** The certain way: retried until the order app answers. */
  async handle({ payload }: DueTimer): Promise<undefined> {
    await this.give(payload ?? '');
    return undefined;
  }

  /** The fast way, beside the timer. Never throws, never waits. */
  soon(orderId: string): void {
    void this.give(orderId).catch((error: unknown) => this.onFailed(error));
  }

  private async give(orderId: string): Promise<void> {
    const record = await this.deliveries.read(orderId);
    if (record?.receipt !== ReceiptState.OWED) return;
    const role = record.carrier === null ? Role.MERCHANT : Role.OPEN_PLATFORM;
    const receipt = await this.orders.advance('ReceiveOrder', { orderId, role }).then(
      () => ReceiptState.TAKEN,
      (error: unknown) => {
        if (error instanceof Refusal) return ReceiptState.REFUSED;
        throw error;
      },
    );
    await this.changes.run<void>({
      orderId,
      traceParent: null,
      decide: ({ record: found }) =>
        found?.receipt === ReceiptState.OWED
          ? { verdict: undefined, after: { ...found, receipt } }
          : { verdict: undefined },
    });
  }
}
