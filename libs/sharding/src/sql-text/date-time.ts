import { invariant } from '@ordo/kernel';

/**
 * DATETIME(3) as text, always UTC: the pools read dates as strings and set the session's zone to +00:00, so that no
 * zone of a host or a driver ever moves a time.
 */
const ISO_LENGTH = 24;
const DATE_LENGTH = 10;
const TIME_START = 11;
const TIME_END = 23;

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC of an epoch in ms; null stays null. Years 0 to 9999 only. */
export function dateTimeText(ms: number): string;
export function dateTimeText(ms: number | null): string | null;
export function dateTimeText(ms: number | null): string | null {
  if (ms === null) return null;
  invariant(Number.isSafeInteger(ms), `${ms} is not a whole number of milliseconds`);
  const iso = new Date(ms).toISOString();
  invariant(iso.length === ISO_LENGTH, `${iso} does not fit a DATETIME`);
  return `${iso.slice(0, DATE_LENGTH)} ${iso.slice(TIME_START, TIME_END)}`;
}

/** The epoch in ms of a DATETIME as the pools return it; null stays null, and text that is no time is a bug. */
export function msOfDateTime(text: string): number;
export function msOfDateTime(text: string | null): number | null;
export function msOfDateTime(text: string | null): number | null {
  if (text === null) return null;
  const ms = Date.parse(`${text.slice(0, DATE_LENGTH)}T${text.slice(TIME_START)}Z`);
  invariant(!Number.isNaN(ms), `'${text}' is not a DATETIME`);
  return ms;
}
