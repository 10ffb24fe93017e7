/**
 * The only place that says what may be asked of a delivery: the commands of the merchant, of customer service and of the platform
 * itself. What a carrier reports is `report.rules.ts`. Pure: no clock, no database.
 */
import { DeliveryState, Role, refuse, roleNameOf } from '@ordo/contracts';
import type { Refusal } from '@ordo/kernel';
import type { WaybillLife } from './waybill-life.js';

const { TO_CALL, CALLED, TO_ASSIGN, TO_FETCH, AT_SHOP, DELIVERING, DELIVERED } = DeliveryState;
const { REJECTED, CANCELLED, EXCEPTION, RETURNING, RETURNED, SELF_DELIVERY, NO_MORE_DELIVERY } = DeliveryState;

export const DeliveryCommand = {
  /** Begins a delivery: at acceptance, or at the merchant's call. */
  HAND_OFF: 'hand-off',
  /** Another carrier, or the same again: attempt + 1. */
  RECALL: 'recall',
  /** Takes the waybill back while the goods are at the shop. */
  CANCEL: 'cancel',
  /** The merchant brings the goods. */
  SELF_DELIVER: 'self-deliver',
  /** The merchant brought the goods. */
  FINISH: 'finish',
  /** Nobody brings the goods any more. */
  STOP: 'stop',
  /** The order ended while the goods were on the way: the courier brings them back. */
  TURN_BACK: 'turn-back',
  /** More money for whoever carries; no state changes. */
  TIP: 'tip',
} as const;
export type DeliveryCommand = (typeof DeliveryCommand)[keyof typeof DeliveryCommand];

/** What the carrier of the attempt that the command found has to be told, if it has heard of the waybill. */
export const CarrierErrand = { PUSH: 'PUSH', CANCEL: 'CANCEL', TIP: 'TIP' } as const;
export type CarrierErrand = (typeof CarrierErrand)[keyof typeof CarrierErrand];

export interface CommandRow {
  /** `null`: there is no delivery yet. */
  readonly from: DeliveryState | null;
  readonly on: DeliveryCommand;
  readonly to: DeliveryState;
  readonly roles: readonly Role[];
  readonly errand: CarrierErrand | null;
  /** The delivery is where the command leads already: answered as done, nothing written. */
  readonly replay?: true;
}

/** A merchant's program acts as OPEN_PLATFORM, the platform's own wheels as SYSTEM. */
const seller: readonly Role[] = [Role.MERCHANT, Role.OPEN_PLATFORM, Role.CUSTOMER_SERVICE, Role.SYSTEM];
const platform: readonly Role[] = [Role.CUSTOMER_SERVICE, Role.SYSTEM];

const rows = (
  on: DeliveryCommand,
  from: readonly DeliveryState[],
  to: DeliveryState,
  errand: CarrierErrand | null,
  admitted: readonly Role[] = seller,
): CommandRow[] => from.map((state) => ({ from: state, on, to, roles: admitted, errand }));

const replay = (on: DeliveryCommand, state: DeliveryState, admitted: readonly Role[] = seller): CommandRow => ({
  ...{ from: state, on, to: state, roles: admitted, errand: null, replay: true },
});

/** The carrier may hold the waybill, and the goods are still at the shop. */
const beforePickUp = [TO_CALL, CALLED, TO_ASSIGN, TO_FETCH, AT_SHOP] as const;
/** DOMAIN §4: these, and no others, may be called again. */
const recallable = [REJECTED, CANCELLED, EXCEPTION] as const;

export const commandRows: readonly CommandRow[] = [
  { from: null, on: DeliveryCommand.HAND_OFF, to: TO_CALL, roles: seller, errand: CarrierErrand.PUSH },
  ...rows(DeliveryCommand.RECALL, recallable, TO_CALL, CarrierErrand.PUSH),
  ...rows(DeliveryCommand.CANCEL, [...beforePickUp, EXCEPTION], CANCELLED, CarrierErrand.CANCEL),
  replay(DeliveryCommand.CANCEL, CANCELLED),
  ...rows(DeliveryCommand.SELF_DELIVER, [...beforePickUp, EXCEPTION], SELF_DELIVERY, CarrierErrand.CANCEL),
  ...rows(DeliveryCommand.SELF_DELIVER, [REJECTED, CANCELLED, RETURNED], SELF_DELIVERY, null),
  replay(DeliveryCommand.SELF_DELIVER, SELF_DELIVERY),
  ...rows(DeliveryCommand.FINISH, [SELF_DELIVERY], DELIVERED, null),
  replay(DeliveryCommand.FINISH, DELIVERED),
  ...rows(DeliveryCommand.STOP, [...beforePickUp, EXCEPTION], NO_MORE_DELIVERY, CarrierErrand.CANCEL),
  ...rows(DeliveryCommand.STOP, [REJECTED, CANCELLED, RETURNED, SELF_DELIVERY], NO_MORE_DELIVERY, null),
  replay(DeliveryCommand.STOP, NO_MORE_DELIVERY),
  ...rows(DeliveryCommand.TURN_BACK, [DELIVERING], RETURNING, CarrierErrand.CANCEL, platform),
  replay(DeliveryCommand.TURN_BACK, RETURNING, platform),
  replay(DeliveryCommand.TURN_BACK, RETURNED, platform),
  ...[TO_CALL, CALLED, TO_ASSIGN, TO_FETCH].flatMap((state) =>
    rows(DeliveryCommand.TIP, [state], state, CarrierErrand.TIP),
  ),
];

const keyOf = (from: DeliveryState | null, on: DeliveryCommand): string => `${from ?? ''}>${on}`;
const byPair = new Map(commandRows.map((row) => [keyOf(row.from, row.on), row]));

/** The row of (state, command); undefined where the table has none. */
export const nextByCommand = (from: DeliveryState | null, on: DeliveryCommand): CommandRow | undefined =>
  byPair.get(keyOf(from, on));

/** Why a command was refused; a stable word in the details of the conflict. */
export const CommandConflict = { NO_TRANSITION: 'NO_TRANSITION', ROLE_NOT_ALLOWED: 'ROLE_NOT_ALLOWED' } as const;
export type CommandConflict = (typeof CommandConflict)[keyof typeof CommandConflict];

export interface CommandRequest {
  /** For the details of a refusal only. */
  readonly orderId?: string;
  readonly state: DeliveryState;
  readonly command: DeliveryCommand;
  readonly role: Role;
}

/** @throws Refusal DELIVERY_NOT_IN_STATE (409) with from, command and reason; the caller reads the delivery before anything else. */
export function checkCommand(request: CommandRequest): CommandRow {
  const { state, command, role } = request;
  const row = nextByCommand(state, command);
  if (row === undefined)
    throw conflict(request, CommandConflict.NO_TRANSITION, `a delivery in ${state} does not take ${command}`);
  if (row.roles.includes(role)) return row;
  const message = `${roleNameOf(role) ?? role} may not ${command} a delivery in ${state}`;
  throw conflict(request, CommandConflict.ROLE_NOT_ALLOWED, message);
}

const conflict = ({ orderId, state, command }: CommandRequest, reason: CommandConflict, message: string): Refusal =>
  refuse('DELIVERY_NOT_IN_STATE', message, {
    ...(orderId === undefined ? {} : { orderId }),
    ...{ from: state, command, currentState: state, reason },
  });

/** The life after `row` was taken at `nowMs`. A recalled one begins anew: the courier and the reason belonged to the old waybill. */
export function lifeAfter(life: WaybillLife, row: CommandRow, nowMs: number): WaybillLife {
  if (row.to === life.state) return life;
  const isRecall = row.on === DeliveryCommand.RECALL;
  return {
    attempt: isRecall ? life.attempt + 1 : life.attempt,
    state: row.to,
    subState: null,
    sinceMs: nowMs,
    courier: isRecall ? null : life.courier,
  };
}

/** A delivery that nobody has begun to carry. */
export const firstLife = (nowMs: number): WaybillLife => ({
  ...{ attempt: 1, state: TO_CALL, subState: null, sinceMs: nowMs, courier: null },
});

/**
 * What the receipt of the order asks of a delivery that has not arrived. Received by the system, three hours after the promise (DOMAIN §1), nobody
 * is awaited any more; a courier on the way and a merchant who delivers may still say that they came. Received by a person, only a call that no
 * carrier took is pointless: whoever carries will report.
 */
export function commandAtReceipt(state: DeliveryState, isBySystem: boolean): DeliveryCommand | undefined {
  if (state === TO_CALL) return DeliveryCommand.STOP;
  if (!isBySystem || state === SELF_DELIVERY) return undefined;
  const row = nextByCommand(state, DeliveryCommand.STOP);
  return row === undefined || row.replay === true ? undefined : DeliveryCommand.STOP;
}

/** What the end of the order asks of its delivery; undefined where there is nothing left to ask. */
export function commandAtOrderEnd(state: DeliveryState): DeliveryCommand | undefined {
  return [DeliveryCommand.STOP, DeliveryCommand.TURN_BACK].find((command) => {
    const row = nextByCommand(state, command);
    return row !== undefined && row.replay !== true;
  });
}
