/**
 * From the card of a lane to a promise, and what is said when no room answers. Pure: the caller brings the minute of the day in the zone
 * of the business.
 */
import { bandOf } from './card-text.js';

export const PromiseOutcome = {
  PROMISED: 'PROMISED',
  /** The lane runs, but an order of now would not be carried any more. */
  PAST_CUT_OFF: 'PAST_CUT_OFF',
  /** There is no such lane, or it does not run in this hour. */
  NO_LANE: 'NO_LANE',
  /** No room answered: a careful figure of the product, known to hold for nearly every lane. Marked, never frozen on an order. */
  FALLBACK: 'FALLBACK',
} as const;
export type PromiseOutcome = (typeof PromiseOutcome)[keyof typeof PromiseOutcome];

export interface Promised {
  readonly outcome: PromiseOutcome;
  readonly durationMinutes: number | null;
  readonly promisedAtMs: number | null;
  readonly laneVersion: number | null;
}

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;

/** Minutes that are longer than what nine in ten lanes of the product take; a promise that is broken costs more than one that is late. */
const FALLBACK_MINUTES: Readonly<Record<string, number>> = { express: 45, standard: 60, scheduled: 90 };
/** For a product that the list does not know. */
const FALLBACK_OTHERS_MINUTES = 90;

const none = (outcome: PromiseOutcome, laneVersion: number | null): Promised => ({
  ...{ outcome, durationMinutes: null, promisedAtMs: null, laneVersion },
});

/** `card` null: the room has no such lane. A card that cannot be read counts as none: a promise is not worth an error at checkout. */
export function promiseOf(card: string | null, orderAtMs: number, minuteOfDay: number): Promised {
  const reading = card === null ? undefined : bandOf(card, Math.floor(minuteOfDay / MINUTES_PER_HOUR));
  if (reading === undefined) return none(PromiseOutcome.NO_LANE, null);
  const { band, version } = reading;
  if (band === undefined) return none(PromiseOutcome.NO_LANE, version);
  if (band.cutOffMinute !== null && minuteOfDay > band.cutOffMinute) return none(PromiseOutcome.PAST_CUT_OFF, version);
  const { durationMinutes } = band;
  const promisedAtMs = orderAtMs + durationMinutes * MINUTE_MS;
  return { outcome: PromiseOutcome.PROMISED, durationMinutes, promisedAtMs, laneVersion: version };
}

export function fallbackPromise(serviceProduct: string, orderAtMs: number): Promised {
  const durationMinutes = FALLBACK_MINUTES[serviceProduct] ?? FALLBACK_OTHERS_MINUTES;
  const promisedAtMs = orderAtMs + durationMinutes * MINUTE_MS;
  return { outcome: PromiseOutcome.FALLBACK, durationMinutes, promisedAtMs, laneVersion: null };
}
