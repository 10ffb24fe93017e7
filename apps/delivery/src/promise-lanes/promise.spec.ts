/** Lanes as text and as promises: what is written is what is read, cut-offs hold to the minute, and nonsense is no lane. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bandOf, cardText } from './card-text.js';
import { bandFaults, cityOf, type LaneBand, laneName, laneOfName } from './lane.js';
import { MinuteOfDay } from './minute-of-day.js';
import { fallbackPromise, promiseOf } from './promise.rules.js';

const NOON_MS = Date.UTC(2026, 10, 20, 12);
const MINUTE_MS = 60_000;
const VERSION = 1_790_000_000_000_000;

const band = (hour: number, durationMinutes: number, cutOffMinute: number | null = null): LaneBand => ({
  ...{ hour, durationMinutes, cutOffMinute },
});
const anyBands = fc.uniqueArray(
  fc.record({
    hour: fc.nat(23),
    durationMinutes: fc.integer({ min: 1, max: 10_080 }),
    cutOffMinute: fc.option(fc.nat(1_439)),
  }),
  { selector: ({ hour }) => hour },
);

describe('a card as text', () => {
  it('gives back every hour that was written, and no other', () => {
    fc.assert(
      fc.property(anyBands, fc.nat(Number.MAX_SAFE_INTEGER), (bands, version) => {
        const text = cardText({ version, bands });
        for (let hour = 0; hour < 24; hour += 1)
          expect(bandOf(text, hour)).toEqual({ version, band: bands.find((each) => each.hour === hour) });
      }),
    );
  });

  it('stays below the 10 KB of a value', () => {
    const bands = Array.from({ length: 24 }, (_, hour) => band(hour, 10_080, 1_439));
    expect(cardText({ version: Number.MAX_SAFE_INTEGER, bands }).length).toBeLessThan(400);
  });

  it.each(['', 'x', ':35', 'v:35', '1.5:35', '7:x', '7:35/x'])('that is none of ours (%j) has no hour', (text) => {
    expect(bandOf(text, 0)).toBeUndefined();
  });
});

describe('a promise', () => {
  const card = cardText({ version: VERSION, bands: [band(12, 35, 12 * 60 + 30), band(13, 50)] });

  it('is the time of the order and the duration of its hour', () => {
    expect(promiseOf(card, NOON_MS, 12 * 60)).toEqual({
      ...{ outcome: 'PROMISED', durationMinutes: 35, promisedAtMs: NOON_MS + 35 * MINUTE_MS, laneVersion: VERSION },
    });
    expect(promiseOf(card, NOON_MS, 13 * 60).durationMinutes).toBe(50);
  });

  it('is given until the minute of the cut-off and not in the next', () => {
    expect(promiseOf(card, NOON_MS, 12 * 60 + 30).outcome).toBe('PROMISED');
    expect(promiseOf(card, NOON_MS, 12 * 60 + 31)).toMatchObject({ outcome: 'PAST_CUT_OFF', promisedAtMs: null });
  });

  it.each([
    ['an unknown lane', null],
    ['a lane that was taken away', cardText({ version: VERSION, bands: [] })],
    ['a lane that does not run in this hour', card],
    ['a text that nobody can read', 'nonsense'],
  ])('is not given on %s', (_, text) => {
    expect(promiseOf(text, NOON_MS, 3 * 60)).toMatchObject({ outcome: 'NO_LANE', promisedAtMs: null });
  });

  it('without any room is a careful figure of the product, marked as such', () => {
    expect(fallbackPromise('standard', NOON_MS)).toEqual({
      ...{ outcome: 'FALLBACK', durationMinutes: 60, promisedAtMs: NOON_MS + 60 * MINUTE_MS, laneVersion: null },
    });
    expect(fallbackPromise('never-heard-of', NOON_MS).durationMinutes).toBe(90);
  });
});

describe('the name of a lane', () => {
  const lane = { originArea: 'shanghai-07', destinationArea: 'shanghai-12', serviceProduct: 'standard' };

  it('reads back as the lane, and tells the city', () => {
    expect(laneOfName(laneName(lane))).toEqual(lane);
    expect(cityOf(lane.originArea)).toBe('shanghai');
  });

  it.each(['', 'a|b', 'a|b|c|d', 'a|b|C', 'a b|c|d', '-a|b|c', `${'a'.repeat(65)}|b|c`, 'a|b|c\n'])(
    'is not %j',
    (name) => {
      expect(laneOfName(name)).toBeUndefined();
    },
  );
});

describe('impossible bands', () => {
  it('are named one by one', () => {
    const bands = [band(24, 10), band(1, 0), band(2, 10, 1_440), band(3, 10, 100), band(4, 10), band(4, 10)];
    expect(bandFaults(bands, 'bands').map(({ field, rule }) => `${field} ${rule}`)).toEqual([
      'bands[0].hour range',
      'bands[1].durationMinutes range',
      'bands[2].cutOffMinute range',
      'bands[3].cutOffMinute withinBand',
      'bands[5].hour unique',
    ]);
    expect(bandFaults([band(0, 1, 0), band(23, 10_080, 1_439)], 'bands')).toEqual([]);
  });
});

describe('the minute of the day', () => {
  it('is that of the business, whatever its offset', () => {
    expect(new MinuteOfDay('UTC').of(NOON_MS + 90_000)).toBe(721);
    expect(new MinuteOfDay('Asia/Shanghai').of(NOON_MS)).toBe(20 * 60);
    expect(new MinuteOfDay('Asia/Kathmandu').of(NOON_MS + 14 * MINUTE_MS)).toBe(17 * 60 + 59);
  });

  it('jumps with the clock of the business', () => {
    const berlin = new MinuteOfDay('Europe/Berlin');
    const before = Date.UTC(2026, 2, 29, 0, 59);
    expect([berlin.of(before), berlin.of(before + MINUTE_MS)]).toEqual([119, 180]);
  });
});
