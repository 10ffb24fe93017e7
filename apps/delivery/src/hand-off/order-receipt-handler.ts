/**
 * What the receipt of an order does to a delivery of which nobody said that it arrived: the fallback of an order whose carrier fell silent, or a
 * user who fetched the goods himself. Its ordinary cause, a delivery that arrived, finds nothing left to do.
 */
import { Role } from '@ordo/contracts';
import type { DeliveryChanges } from '../change/delivery-changes.js';
import { OpenedWaybills, openWaybills } from '../change/opened-waybills.js';
import { effectsOf } from '../commands/delivery-command.js';
import { verdictOn } from '../punctuality/lateness-verdict.js';
import { checkCommand, commandAtReceipt } from '../waybill-life/waybill.state.js';
import type { HandOffSettings } from './hand-off-handler.js';

export class OrderReceiptHandler {
  constructor(
    private readonly changes: DeliveryChanges,
    private readonly settings: Pick<HandOffSettings, 'secret'>,
  ) {}

  /** `role`: who received. Safe to repeat, without a mark: what was ended is not ended again. */
  async atReceipt(orderId: string, role: number | undefined, traceParent: string | null): Promise<void> {
    await this.changes.run<void>({
      orderId,
      traceParent,
      open: (address) => openWaybills(orderId, address),
      decide: ({ record, more, address, nowMs }) => {
        const command = record && commandAtReceipt(record.life.state, role === Role.SYSTEM);
        if (record === undefined || command === undefined) return { verdict: undefined };
        const waybills = new OpenedWaybills(more);
        const row = checkCommand({ orderId, state: record.life.state, command, role: Role.SYSTEM });
        // Judged before it ends: that the platform gave up waiting takes from no user what a late delivery owes him.
        const judged = verdictOn(record, waybills.subStates(record.life.attempt), nowMs);
        const found = { ...record, lateness: judged?.lateness ?? record.lateness };
        const taken = { row, role: Role.SYSTEM, nowMs };
        const effects = effectsOf(found, taken, waybills, address, this.settings.secret);
        return { verdict: undefined, ...effects, events: [...effects.events, ...(judged?.events ?? [])] };
      },
    });
  }
}
