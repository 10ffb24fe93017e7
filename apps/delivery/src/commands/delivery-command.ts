/** What a command changes, whoever gave it: the merchant, customer service, or the end of the order. Pure. */
import { DeliveryState } from '@ordo/contracts';
import type { GroupedInsert } from '@ordo/sharding';
import type { TimerRequest } from '@ordo/timers';
import type { DeliveryEvent } from '../change/delivery-change.js';
import { errandTimer, pushTimer, receiptTimer } from '../change/delivery-queues.js';
import type { OpenedWaybills } from '../change/opened-waybills.js';
import { type DeliveryRecord, ReceiptState } from '../delivery-record/delivery-record.js';
import { verdictOn } from '../punctuality/lateness-verdict.js';
import type { DeliveryAddress } from '../schemas/delivery-schemas.js';
import { eventOfState } from '../waybill-life/event-of-state.js';
import { PUSH_INSTANTS_MS } from '../waybill-life/push-instants.rules.js';
import { CarrierErrand, type CommandRow, DeliveryCommand, lifeAfter } from '../waybill-life/waybill.state.js';
import { credentialOf, type Waybill } from '../waybills/waybill.js';
import { deleteHandOff, waybillInserts } from '../waybills/waybill.repository.js';

export interface TakenCommand {
  readonly row: CommandRow;
  readonly role: number | null;
  readonly nowMs: number;
  /** For a recall: whom to call now. */
  readonly carrier?: string;
  /** For a tip: how much more. */
  readonly tipMinor?: number;
}

export interface CommandEffects {
  readonly after: DeliveryRecord;
  readonly events: readonly DeliveryEvent[];
  readonly inserts: readonly GroupedInsert[];
  readonly updates: readonly string[];
  readonly timers: readonly TimerRequest[];
}

/** The credential secret comes along, because a recall makes a waybill. */
export function effectsOf(
  record: DeliveryRecord,
  command: TakenCommand,
  waybills: OpenedWaybills,
  address: DeliveryAddress,
  secret: string,
): CommandEffects {
  const { row, nowMs, tipMinor = 0 } = command;
  const { orderId, life: before } = record;
  const life = lifeAfter(before, row, nowMs);
  const waybill = waybills.find(before.attempt);
  const called = row.on === DeliveryCommand.RECALL ? recalled(waybills.of(before.attempt), command, secret) : undefined;
  const moved: DeliveryRecord = {
    ...record,
    life,
    carrier: carrierAfter(record, life.state, called),
    tipMinor: record.tipMinor + tipMinor,
    unclaimedAtMs: life === before ? record.unclaimedAtMs : null,
  };
  const { after, events } = toldOf(moved, before.state, command, waybills);
  const errand = { orderId, attempt: before.attempt };
  // A waybill that was never acknowledged may have reached the carrier all the same: it is told, and may not know it.
  const cancels =
    row.errand === CarrierErrand.CANCEL || (called !== undefined && before.state === DeliveryState.EXCEPTION);
  return {
    after,
    events,
    inserts: called === undefined ? [] : waybillInserts(address.schema, called),
    updates: waybills.isHandedOff(before.attempt) && life !== before ? [deleteHandOff(orderId, before.attempt)] : [],
    timers: [
      ...(cancels && waybill !== undefined ? [errandTimer({ ...errand, errand: 'CANCEL' }, nowMs)] : []),
      ...(row.errand === CarrierErrand.TIP
        ? [errandTimer({ ...errand, errand: 'TIP' }, nowMs, `-${after.tipMinor}`)]
        : []),
      ...(called === undefined ? [] : [pushTimer({ orderId, attempt: called.attempt, push: 1 }, firstRepush(nowMs))]),
      ...(after.receipt === ReceiptState.OWED && record.receipt === ReceiptState.NONE
        ? [receiptTimer(orderId, nowMs)]
        : []),
    ],
  };
}

/** The first push leaves at once, beside the timer; the timer is for the case that it did not arrive. */
export const firstRepush = (nowMs: number): number => nowMs + (PUSH_INSTANTS_MS[0] ?? 0);

function recalled(last: Waybill, { nowMs, carrier = last.carrier }: TakenCommand, secret: string): Waybill {
  const attempt = last.attempt + 1;
  return {
    ...last,
    ...{ attempt, carrier, credential: credentialOf(last.orderId, attempt, secret) },
    ...{ carrierRef: null, calledAtMs: nowMs, acknowledgedAtMs: null },
  };
}

function carrierAfter(record: DeliveryRecord, state: DeliveryState, called: Waybill | undefined): string | null {
  return state === DeliveryState.SELF_DELIVERY ? null : (called?.carrier ?? record.carrier);
}

function toldOf(
  moved: DeliveryRecord,
  from: DeliveryState,
  { role, nowMs }: TakenCommand,
  waybills: OpenedWaybills,
): Pick<CommandEffects, 'after' | 'events'> {
  const { state, attempt } = moved.life;
  if (state === from) return { after: moved, events: [] };
  if (state !== DeliveryState.DELIVERED) return { after: moved, events: [eventOfState(state, nowMs, role)] };
  const delivered = { ...moved, deliveredAtMs: nowMs, receipt: ReceiptState.OWED };
  const judged = verdictOn(delivered, waybills.subStates(attempt), nowMs);
  const event = eventOfState(state, nowMs, role, { deliveredAt: new Date(nowMs).toISOString() });
  return {
    after: { ...delivered, lateness: judged?.lateness ?? moved.lateness },
    events: [event, ...(judged?.events ?? [])],
  };
}
