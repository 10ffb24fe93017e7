import { describe, expect, it } from '@jest/globals';
import { durationText } from './duration.js';

describe('a duration', () => {
  it.each<[number, string]>([
    [0, '0 ms'],
    [412, '412 ms'],
    [8_440, '8.4 s'],
    [60_000, '1 min'],
    [432_900, '7 min 12 s'],
    [7_500_000, '2 h 5 min'],
    [-7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('of %i ms is read as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
