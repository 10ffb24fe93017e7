/** What the pure core knows of one delivery: where it stands, by whose word, and who carries it. */
import type { DeliveryState, DeliverySubState } from '@ordo/contracts';
import type { RankedState, ReportedState } from './state-rank.rules.js';

export interface Courier {
  /** The carrier's name for the person; never a phone number. */
  readonly courierId: string;
  /** By which report we know: a report of a higher rank, or a later one of the same, may name another. */
  readonly state: RankedState;
  readonly atMs: number;
}

export interface WaybillLife {
  /** 1 for the first call; the waybill is `(order, attempt)`, and only that of the current attempt is alive. */
  readonly attempt: number;
  readonly state: DeliveryState;
  readonly subState: DeliverySubState | null;
  /** When the state began, by the word of whoever brought it about; epoch ms. */
  readonly sinceMs: number;
  readonly courier: Courier | null;
}

/** One message of a carrier about one waybill, after its signature was checked and its words were mapped. */
export interface Report {
  readonly attempt: number;
  readonly state: ReportedState;
  readonly subState: DeliverySubState | null;
  readonly occurredAtMs: number;
  readonly courierId: string | null;
}
