/**
 * The cursor of every list: where the page before ended. It is opaque, versioned and bound to its query: 1 byte format, 8 bytes
 * of the last id, 8 bytes of a digest over both and the query's shape. The digest is no secret. It is there so that a
 * cursor that was cut, mixed up or carried to another list is refused instead of silently skipping entries.
 */
import { createHash } from 'node:crypto';
import { refuse } from '@ordo/contracts';
import { isDecimalId } from '@ordo/kernel';

const FORMAT = 1;
const ID_START = 1;
const DIGEST_START = 9;
const CURSOR_BYTES = 17;
/** 17 bytes in base64url without padding. */
const CURSOR_LENGTH = 23;

/** The owner and the filters of a list, without cursor and limit: the page size may change on the way. */
export type QueryShape = readonly (string | undefined)[];

function sealed(shape: QueryShape, id: bigint): Buffer {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeUInt8(FORMAT, 0);
  bytes.writeBigUInt64BE(id, ID_START);
  const seal = createHash('sha256').update(bytes.subarray(0, DIGEST_START)).update(JSON.stringify(shape)).digest();
  seal.copy(bytes, DIGEST_START, 0, CURSOR_BYTES - DIGEST_START);
  return bytes;
}

/** The cursor that continues a list of this shape after `id`. */
export const cursorAfter = (shape: QueryShape, id: string): string => sealed(shape, BigInt(id)).toString('base64url');

/**
 * The order id after which the page starts; undefined for the first page. Throws INVALID_ARGUMENT with a violation on `cursor`
 * for anything that {@link cursorAfter} did not make for this very shape.
 */
export function positionOf(shape: QueryShape, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const bytes = Buffer.from(cursor, 'base64url');
  if (cursor.length !== CURSOR_LENGTH || bytes.length !== CURSOR_BYTES) throw malformed();
  const id = bytes.readBigUInt64BE(ID_START);
  if (sealed(shape, id).toString('base64url') !== cursor) throw malformed();
  const position = id.toString();
  if (!isDecimalId(position)) throw malformed();
  return position;
}

const malformed = (): Error =>
  refuse('INVALID_ARGUMENT', 'the cursor does not belong to this list; start again without one', {
    violations: [{ field: 'cursor', rule: 'cursor', message: 'must be the nextCursor of the same list and filters' }],
  });
