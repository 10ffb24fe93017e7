/**
 * Where a reader of a merchant's feed stands, as the callers carry it: `<version>` when everything up to it was seen, `<version>.<orderId>`
 * inside of a version, because one projection may change several orders of a merchant. No secret and no seal: it can only lead a merchant
 * to another place of the merchant's own feed.
 */
import { refuseViolations } from '@ordo/contracts';
import { isDecimalId } from '@ordo/kernel';

export interface FeedPosition {
  readonly version: number;
  /** Orders of `version` up to this one were seen; undefined: all of them. */
  readonly orderId?: string;
}

const VERSION = /^(0|[1-9][0-9]{0,15})$/;

export const positionText = ({ version, orderId }: FeedPosition): string =>
  orderId === undefined ? String(version) : `${version}.${orderId}`;

/** Throws INVALID_ARGUMENT with a violation on `field` for what {@link positionText} did not write. */
export function positionOfText(text: string, field: string): FeedPosition {
  const [version = '', orderId, ...rest] = text.split('.');
  const number = Number(version);
  const isWhole = VERSION.test(version) && Number.isSafeInteger(number);
  if (!isWhole || rest.length > 0 || (orderId !== undefined && !isDecimalId(orderId))) {
    throw refuseViolations([{ field, rule: 'position', message: 'must be a position that this feed gave out' }]);
  }
  return orderId === undefined ? { version: number } : { version: number, orderId };
}
