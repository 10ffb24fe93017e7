/** Moments as operators write them. */
import { describe, expect, it } from '@jest/globals';
import { momentOf } from './moment.rules.js';

const NOON = Date.parse('2026-11-20T12:00:00Z');

describe('momentOf', () => {
  it.each([
    ['90s', '2026-11-20T11:58:30.000Z'],
    ['30m', '2026-11-20T11:30:00.000Z'],
    ['2h', '2026-11-20T10:00:00.000Z'],
    ['3d', '2026-11-17T12:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T20:00+08:00', '2026-11-20T12:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(momentOf(text, NOON)?.toISOString()).toBe(expected);
  });

  it.each(['', '2', 'yesterday', '-2h', '2026-13-01', '2026-11-20T20:00', '1795000000'])(
    'does not guess %p',
    (text) => {
      expect(momentOf(text, NOON)).toBeUndefined();
    },
  );
});
