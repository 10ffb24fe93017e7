/** Laws of the cursor. No server. */
import { describe, expect, test } from '@jest/globals';
import { MAX_ID } from '@ordo/kernel';
import fc from 'fast-check';
import { cursorAfter, positionOf, type QueryShape } from './list-cursor.js';

const ids = fc.bigInt({ min: 1n, max: MAX_ID }).map(String);
const shapes = fc.array(fc.option(fc.string({ maxLength: 12 }), { nil: undefined }), { maxLength: 4 });
const violationOf = (shape: QueryShape, cursor: string): unknown => {
  try {
    positionOf(shape, cursor);
  } catch (error) {
    const refusal = error as { code: string; details: { violations: { field: string }[] } };
    return { code: refusal.code, field: refusal.details.violations[0]?.field };
  }
  return 'accepted';
};
const refused = { code: 'INVALID_ARGUMENT', field: 'cursor' };

describe('list cursor', () => {
  test('every cursor leads back to the order that it was made for', () => {
    fc.assert(
      fc.property(shapes, ids, (shape, id) => {
        expect(positionOf(shape, cursorAfter(shape, id))).toBe(id);
      }),
    );
  });

  test('no cursor is accepted by a list of another shape', () => {
    fc.assert(
      fc.property(shapes, shapes, ids, (one, other, id) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(violationOf(other, cursorAfter(one, id))).toEqual(refused);
      }),
    );
  });

  test('a cursor with one character changed is refused', () => {
    fc.assert(
      fc.property(ids, fc.nat(22), fc.constantFrom(...'AZaz09-_'), (id, at, character) => {
        const cursor = cursorAfter(['user', '7'], id);
        fc.pre(cursor[at] !== character);
        expect(violationOf(['user', '7'], cursor.slice(0, at) + character + cursor.slice(at + 1))).toEqual(refused);
      }),
    );
  });

  test.each(['', 'x', 'null', '1', '%00', 'A'.repeat(23), 'A'.repeat(10_000), `${'A'.repeat(22)}=`])(
    'the text %j is refused with a violation on cursor',
    (cursor) => {
      expect(violationOf(['user', '7'], cursor)).toEqual(refused);
    },
  );

  test('no cursor means the start of the list', () => {
    expect(positionOf(['user', '7'], undefined)).toBeUndefined();
  });
});
