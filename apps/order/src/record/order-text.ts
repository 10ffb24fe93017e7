/**
 * An order in the two halves in which it is cached and shown: the head, made of the base, and the snapshot, made of the ext. Both are
 * JSON text already, so that a read joins them instead of taking apart what it only has to hand on; that was half of its cost.
 */
import type { Parties } from '@ordo/platform';
import { documentOf } from './order-document.js';
import { visiblePartiesOf } from './order-parties.js';
import type { OrderBase, OrderExt } from './order-record.js';

/** The base's part of the document, and what decides who may see it. */
export interface OrderHead extends Parties {
  readonly text: string;
}

/** JSON leaves out members that are undefined: what is left of a document without its ext is the base's part. */
const NO_EXT = {} as OrderExt;
const EFFECTIVE = '1';

export const headOf = (base: OrderBase): OrderHead => ({
  ...visiblePartiesOf(base),
  text: JSON.stringify(documentOf(base, NO_EXT)),
});

/** `userId merchantId effective {…}`: ids hold no blank, so the text begins at the first brace. */
export const cachedHeadOf = ({ userId, merchantId, effective, text }: OrderHead): string =>
  `${userId} ${merchantId} ${effective ? EFFECTIVE : '0'} ${text}`;

/** What {@link cachedHeadOf} wrote. */
export function headOfCached(cached: string): OrderHead {
  const brace = cached.indexOf('{');
  const [userId = '', merchantId = '', effective] = cached.slice(0, brace).split(' ');
  return { userId, merchantId, effective: effective === EFFECTIVE, text: cached.slice(brace) };
}

/** The ext as it is cached: the members of the document, in its order. */
export function extTextOf({ items, fees, discounts, recipient, remark, extension, deadlines }: OrderExt): string {
  return JSON.stringify({ items, fees, discounts, recipient, remark, extension, deadlines });
}

/** `JSON.stringify(documentOf(base, ext))` for the halves that were made of them. */
export const documentTextOf = (headText: string, extText: string): string =>
  `${headText.slice(0, -1)},${extText.slice(1)}`;
