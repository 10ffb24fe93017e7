/** The event that tells of a state. */
import type { DeliveryEventName, DeliveryState } from '@ordo/contracts';

export interface StateEvent {
  readonly type: DeliveryEventName;
  readonly occurredAtMs: number;
  readonly role: number | null;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** `delivery.at_shop` of AT_SHOP; the boot check knows that every state has its event. */
export const eventNameOfState = (state: DeliveryState): DeliveryEventName =>
  `delivery.${state.toLowerCase() as Lowercase<DeliveryState>}`;

export const eventOfState = (
  state: DeliveryState,
  occurredAtMs: number,
  role: number | null,
  more?: Readonly<Record<string, unknown>>,
): StateEvent => ({ type: eventNameOfState(state), occurredAtMs, role, ...(more === undefined ? {} : { more }) });
