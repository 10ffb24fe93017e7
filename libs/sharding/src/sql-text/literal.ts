import { invariant } from '@ordo/kernel';

/**
 * Literals for the text protocol. The hot path speaks text because prepared statements × 240 schemas × connections
 * overflow the server's 16,382 (STACK.md). Safe under two conditions that the node pool sets on every connection:
 * the charset is utf8mb4, and sql_mode has neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES.
 */
export type SqlValue = string | number | bigint | boolean | null | Buffer;

const SPECIAL = /['\\\0]/g;
const HAS_SPECIAL = /['\\\0]/;

/** A literal that reads back as exactly `value`. Booleans are 1 and 0; a number that is not finite is a bug. */
export function quote(value: SqlValue): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number') {
    invariant(Number.isFinite(value), `${value} has no SQL literal`);
    return String(value);
  }
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value.length === 0 ? "''" : `x'${value.toString('hex')}'`;
}

/** `(a, b, c)` with each value quoted: one row of an INSERT, or the list of an IN. */
export function quoteList(values: readonly SqlValue[]): string {
  return `(${values.map(quote).join(', ')})`;
}

function quoteText(text: string): string {
  if (!HAS_SPECIAL.test(text)) return `'${text}'`;
  return `'${text.replace(SPECIAL, escaped)}'`;
}

function escaped(character: string): string {
  if (character === "'") return "''";
  return character === '\0' ? '\\0' : '\\\\';
}
