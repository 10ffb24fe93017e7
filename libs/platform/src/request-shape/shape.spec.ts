/** What a DTO lets through. The law: the compiled path and class-validator's own verdict are the same for every input. */
import { describe, expect, it } from '@jest/globals';
import type { Violation } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { compiledShapeOf } from './compiled-shape.js';
import {
  CalendarDay,
  DecimalId,
  DecimalIdList,
  JsonObject,
  MinorAmount,
  Nested,
  NestedList,
  OneOf,
  QueryInteger,
  Text,
  Timestamp,
  WholeNumber,
} from './field-rules.js';
import { shape } from './shape.js';

class LineDto {
  @Text({ max: 8 })
  readonly sku!: string;

  @WholeNumber({ min: 1, max: 99 })
  readonly quantity!: number;
}

class BaseDto {
  @DecimalId()
  readonly userId!: string;
}

class BasketDto extends BaseDto {
  @MinorAmount()
  readonly payAmount!: number;

  @NestedList(() => LineDto, { min: 1, max: 3 })
  readonly lines!: readonly LineDto[];

  @Nested(() => LineDto, { optional: true })
  readonly gift?: LineDto;

  @Text({ min: 0, max: 8, optional: true })
  readonly remark?: string;
}

class OneOfEachDto {
  @CalendarDay({ optional: true })
  readonly day?: string;

  @Timestamp({ optional: true })
  readonly at?: string;

  @DecimalIdList({ max: 2, optional: true })
  readonly ids?: readonly string[];

  @OneOf(['a', 'b'], { optional: true })
  readonly word?: string;

  @JsonObject({ optional: true })
  readonly extension?: object;

  @QueryInteger({ min: 1, max: 100, optional: true })
  readonly limit: number = 20;
}

const aBasket = (over: object = {}): object => ({
  userId: '42',
  payAmount: 100,
  lines: [{ sku: 'a', quantity: 1 }],
  ...over,
});

function violations(dto: new () => object, raw: unknown): readonly Violation[] {
  try {
    shape(dto, raw);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).code).toBe('INVALID_ARGUMENT');
    return (error as Refusal).details['violations'] as Violation[];
  }
}

const placesOf = (found: readonly Violation[]): string[] => found.map(({ field, rule }) => `${field} ${rule}`);

describe('a shaped request', () => {
  it('is instances all the way down, inherited fields included', () => {
    const basket = shape(BasketDto, aBasket({ gift: { sku: 'g', quantity: 2 } }));
    expect(basket).toBeInstanceOf(BasketDto);
    expect(basket.lines[0]).toBeInstanceOf(LineDto);
    expect(basket.gift).toBeInstanceOf(LineDto);
    expect(basket.userId).toBe('42');
  });

  it('treats null as absent where a field is optional, and keeps the default', () => {
    expect(shape(BasketDto, aBasket({ remark: null, gift: null }))).not.toHaveProperty('remark');
    expect(shape(OneOfEachDto, { limit: null }).limit).toBe(20);
  });

  it('reads a number from a query text', () => {
    expect(shape(OneOfEachDto, { limit: '7' }).limit).toBe(7);
  });
});

describe('a refused request', () => {
  it.each<[string, object, string[]]>([
    ['a missing field', { userId: undefined }, ['userId decimalId']],
    ['a number for an id', { userId: 42 }, ['userId decimalId']],
    ['an id past 2^63', { userId: '9223372036854775808' }, ['userId decimalId']],
    ['a negative amount', { payAmount: -1 }, ['payAmount minorAmount']],
    ['an amount past 2^53', { payAmount: 2 ** 53 }, ['payAmount minorAmount']],
    ['an amount with a fraction', { payAmount: 0.5 }, ['payAmount minorAmount']],
    ['an amount as text', { payAmount: '100' }, ['payAmount minorAmount']],
    ['a list that is none', { lines: {} }, ['lines list']],
    ['a list of nothing', { lines: [] }, ['lines list']],
    ['a list too long', { lines: Array.from({ length: 4 }, () => ({ sku: 'a', quantity: 1 })) }, ['lines list']],
    ['an entry that is no object', { lines: [{ sku: 'a', quantity: 1 }, 7] }, ['lines[1] object']],
    ['a field of an entry', { lines: [{ sku: 'a', quantity: 0 }] }, ['lines[0].quantity wholeNumber']],
    ['an unknown field', { payAmout: 1 }, ['payAmout unknownField']],
    ['an unknown field of an entry', { lines: [{ sku: 'a', quantity: 1, price: 1 }] }, ['lines[0].price unknownField']],
    ['a nested object that is a list', { gift: [] }, ['gift object']],
    ['a field of a nested object', { gift: { sku: '', quantity: 1 } }, ['gift.sku text']],
    ['a lone surrogate', { remark: '\ud800' }, ['remark text']],
    ['a control character', { remark: 'a\u0000' }, ['remark text']],
    ['a name of the prototype', { toString: 'x' }, ['toString unknownField']],
  ])('names %s', (_, over, places) => {
    expect(placesOf(violations(BasketDto, aBasket(over)))).toEqual(places);
  });

  it.each([undefined, null, 7, 'text', [], true])('is one whose body is %p', (raw) => {
    expect(placesOf(violations(BasketDto, raw))).toEqual([' object']);
  });

  it.each<[object, string]>([
    [{ day: '2026-02-30' }, 'day calendarDay'],
    [{ day: '2026-2-3' }, 'day calendarDay'],
    [{ at: '2026-11-20T10:00:00' }, 'at timestamp'],
    [{ at: '2026-02-30T10:00:00Z' }, 'at timestamp'],
    [{ at: 1_763_632_800_000 }, 'at timestamp'],
    [{ ids: ['1', '2', '3'] }, 'ids decimalIdList'],
    [{ ids: ['01'] }, 'ids decimalIdList'],
    [{ word: 'c' }, 'word oneOf'],
    [{ extension: [] }, 'extension jsonObject'],
    [{ limit: '0' }, 'limit wholeNumber'],
    [{ limit: '1e1' }, 'limit wholeNumber'],
    [{ limit: ['1', '2'] }, 'limit wholeNumber'],
  ])('is %p', (raw, place) => {
    expect(placesOf(violations(OneOfEachDto, raw))).toEqual([place]);
  });

  it('accepts the good neighbours of those', () => {
    const good = {
      day: '2028-02-29',
      at: '2026-11-20T10:00:00+08:00',
      ids: ['1'],
      word: 'a',
      extension: {},
      limit: '100',
    };
    expect(violations(OneOfEachDto, good)).toEqual([]);
  });

  it('names twenty violations at most, however many there are', () => {
    const hostile = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`f${index}`, 1]));
    expect(violations(BasketDto, aBasket(hostile))).toHaveLength(20);
  });
});

describe('the compiled path', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>('42', '0', '', null, -1, 0, 1, 99, 100, 0.5, true, [], {}, 'eightchr', 'ninechars'),
    fc.record({ sku: fc.constantFrom<unknown>('a', '', 7), quantity: fc.constantFrom<unknown>(1, 0, '1') }),
    fc.array(
      fc.record({ sku: fc.constantFrom<unknown>('a', 'too long by far'), quantity: fc.constantFrom<unknown>(1, 100) }),
      { maxLength: 4 },
    ),
  );

  it('never passes what class-validator refuses, and passes what it accepts', () => {
    fc.assert(
      fc.property(fc.record({ userId: value, payAmount: value, lines: value, gift: value, remark: value }), (raw) => {
        const basket = instanceOf(raw);
        expect(compiledShapeOf(BasketDto).holds(basket)).toBe(validateSync(basket).length === 0);
      }),
      { numRuns: 2_000 },
    );
  });

  function instanceOf(raw: Record<string, unknown>): BasketDto {
    const line = (one: unknown): unknown =>
      typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.assign(new LineDto(), one) : one;
    const nested = (one: unknown): unknown => (Array.isArray(one) ? one.map(line) : line(one));
    return Object.assign(new BasketDto(), { ...raw, lines: nested(raw['lines']), gift: nested(raw['gift']) });
  }
});
