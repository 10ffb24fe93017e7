/**
 * Ids are decimal strings of a signed 64-bit integer ≥ 1 in every API and in every log, because 2^53 is not enough for
 * them and JSON numbers are doubles. They are BIGINT in the database.
 */
export const MAX_ID = 9_223_372_036_854_775_807n;

const DECIMAL = /^[1-9][0-9]{0,18}$/;
const MAX_TEXT = MAX_ID.toString();
/** 15 digits always fit a double exactly, and a remainder of doubles is many times cheaper than one of BigInts. */
const EXACT_DIGITS = 15;
const EXACT_POWER = 1_000_000_000_000_000;

/** Whether `text` is a canonical decimal id: no sign, no leading zero, ≤ 2^63 − 1. */
export function isDecimalId(text: unknown): text is string {
  if (typeof text !== 'string' || !DECIMAL.test(text)) return false;
  return text.length < MAX_TEXT.length || text <= MAX_TEXT;
}

/** `id mod divisor` for a valid decimal id and a small divisor (≤ 1000), without BigInt. */
export function idModulo(id: string, divisor: number): number {
  const cut = id.length - EXACT_DIGITS;
  if (cut <= 0) return Number(id) % divisor;
  const high = Number(id.slice(0, cut)) % divisor;
  const low = Number(id.slice(cut)) % divisor;
  return (high * (EXACT_POWER % divisor) + low) % divisor;
}
