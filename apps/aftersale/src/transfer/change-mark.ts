/** A number that no other change of the same row carries: random per process, then counted. A lost COMMIT is read back by it. */
import { randomInt } from 'node:crypto';

/** Below 2^48, so that every mark is an exact number and fits BIGINT with room for years of counting. */
const FIRST_MARKS = 2 ** 48 - 1;
let mark = randomInt(FIRST_MARKS);

export function newChangeMark(): number {
  mark += 1;
  return mark;
}
