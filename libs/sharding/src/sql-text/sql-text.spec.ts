/** Literals and times as text, without a server: what the scanner of MySQL would read is checked by a model of it. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateTimeText, msOfDateTime } from './date-time.js';
import { quote, quoteList } from './literal.js';

/** Reads one string literal as MySQL does with backslash escapes on, and answers what is left behind it. */
function scan(sql: string): { text: string; rest: string } {
  const escapes: Record<string, string> = { '0': '\0', n: '\n', r: '\r', t: '\t', b: '\b', Z: '\u001a' };
  let text = '';
  let at = 1;
  while (at < sql.length) {
    const character = sql[at] ?? '';
    const next = sql[at + 1] ?? '';
    if (character === "'" && next !== "'") return { text, rest: sql.slice(at + 1) };
    if (character === "'" || character === '\\') {
      text += character === '\\' ? (escapes[next] ?? next) : "'";
      at += 2;
    } else {
      text += character;
      at += 1;
    }
  }
  throw new Error('the literal does not end');
}

const nasty = fc.string({
  unit: fc.constantFrom(
    "'",
    '"',
    '\\',
    '\0',
    '\n',
    '\r',
    '\u001a',
    '%',
    '_',
    '`',
    ';',
    '--',
    '/*',
    'x',
    '💥',
    'é',
    '中',
  ),
});

describe('quote', () => {
  it('makes a literal that ends where it ends and reads back as the same text', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (text) => {
        expect(scan(`${quote(text)} AND 1`)).toEqual({ text, rest: ' AND 1' });
      }),
      { numRuns: 5_000 },
    );
  });

  it('writes numbers, booleans, null and bytes as literals of their own kind', () => {
    expect(quoteList([1, -2.5, 9007199254740993n, true, false, null])).toBe('(1, -2.5, 9007199254740993, 1, 0, NULL)');
    expect(quote(Buffer.from([0, 39, 92, 255]))).toBe("x'00275cff'");
    expect(quote(Buffer.alloc(0))).toBe("''");
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %p', (value) => {
    expect(() => quote(value)).toThrow('has no SQL literal');
  });

  it('leaves text without special characters as it is, so that long JSON costs one scan', () => {
    const json = JSON.stringify({ items: Array.from({ length: 50 }, (_, id) => ({ id, name: 'noodles' })) });
    expect(quote(json)).toBe(`'${json}'`);
  });
});

describe('DATETIME text', () => {
  it('reads back as the same millisecond, for every time a DATETIME can hold', () => {
    const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1970, 0, 1), max: latest }), (ms) => {
        expect(msOfDateTime(dateTimeText(ms))).toBe(ms);
      }),
    );
  });

  it('is UTC with three digits of a second', () => {
    expect(dateTimeText(Date.UTC(2025, 1, 3, 4, 5, 6, 7))).toBe('2025-02-03 04:05:06.007');
    expect(msOfDateTime('2025-02-03 04:05:06')).toBe(Date.UTC(2025, 1, 3, 4, 5, 6));
  });

  it('keeps null', () => {
    expect(dateTimeText(null)).toBeNull();
    expect(msOfDateTime(null)).toBeNull();
  });

  it.each([Number.NaN, 1.5, 253_402_300_800_000, Number.POSITIVE_INFINITY])('refuses the time %p', (ms) => {
    expect(() => dateTimeText(ms)).toThrow(/whole number|does not fit/);
  });

  it.each(['', 'now', '0000-00-00 00:00:00.000', '2025-13-01 00:00:00'])('refuses to read %p', (text) => {
    expect(() => msOfDateTime(text)).toThrow('is not a DATETIME');
  });
});
