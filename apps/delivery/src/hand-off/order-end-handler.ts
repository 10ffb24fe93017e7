/** What the end of an order does to its delivery: nobody is called any more, or the courier turns back. */
import type { OrderClient } from '@ordo/assembly';
import { DeliveryState, OrderStatus, Role } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { affectedRowsOf, decodeOrderNumber } from '@ordo/sharding';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { OPEN_WAYBILLS, OpenedWaybills, openWaybills } from '../change/opened-waybills.js';
import { effectsOf } from '../commands/delivery-command.js';
import { houseTerms } from '../merchant-contracts/merchant-terms.js';
import { eventOfState } from '../waybill-life/event-of-state.js';
import { checkCommand, commandAtOrderEnd } from '../waybill-life/waybill.state.js';
import { firstRecord, needsCourier } from './first-record.js';
import { type HandledEvent, type HandOffSettings, inboxMark } from './hand-off-handler.js';

export class OrderEndHandler {
  constructor(
    private readonly changes: DeliveryChanges,
    private readonly orders: Pick<OrderClient, 'read'>,
    private readonly clock: Clock,
    private readonly settings: Pick<HandOffSettings, 'secret' | 'carrier' | 'nextNumber'>,
  ) {}

  /** `wasAccepted`: a delivery may be on its way to us, or will be. Safe to repeat. */
  async atEnd(orderId: string, wasAccepted: boolean, event: HandledEvent, traceParent: string | null): Promise<void> {
    const isKnown = await this.changes.run<boolean>({
      orderId,
      traceParent,
      open: (address) => [...openWaybills(orderId, address), inboxMark(event)],
      decide: ({ record, more, address, nowMs }) => {
        if (record === undefined) return { verdict: false };
        if (affectedRowsOf(more[OPEN_WAYBILLS]) === 0 || record.isOrderEnded) return { verdict: true };
        const command = commandAtOrderEnd(record.life.state);
        const ended = { ...record, isOrderEnded: true };
        if (command === undefined) return { verdict: true, after: ended };
        const row = checkCommand({ orderId, state: record.life.state, command, role: Role.SYSTEM });
        const taken = { row, role: Role.SYSTEM, nowMs };
        return { verdict: true, ...effectsOf(ended, taken, new OpenedWaybills(more), address, this.settings.secret) };
      },
    });
    if (!isKnown && wasAccepted) await this.standInTheWay(orderId, event, traceParent);
  }

  /** The acceptance may still be on its way to us: a record that is there already keeps it from calling a courier for an order that ended. */
  private async standInTheWay(orderId: string, event: HandledEvent, traceParent: string | null): Promise<void> {
    const order = await this.orders.read(orderId);
    if (order.status !== OrderStatus.INVALID || !needsCourier(order)) return;
    const { userShard, merchantShard } = decodeOrderNumber(orderId);
    const nowMs = this.clock.nowMs();
    const deliveryId = this.settings.nextNumber(userShard, merchantShard);
    const { contract } = houseTerms;
    const first = firstRecord(order, { deliveryId, contract, promise: null, carrier: this.settings.carrier, nowMs });
    const life = { ...first.life, state: DeliveryState.NO_MORE_DELIVERY };
    await this.changes.birth<void>({
      ...{ orderId, traceParent, record: { ...first, life, carrier: null, income: null, isOrderEnded: true } },
      known: () => undefined,
      open: () => [inboxMark(event)],
      first: () => ({ verdict: undefined, events: [eventOfState(life.state, nowMs, Role.SYSTEM)] }),
    });
  }
}
