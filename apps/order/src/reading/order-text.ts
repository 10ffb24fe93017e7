/**
 * The order document as JSON text without taking the snapshot apart: most reads are answered from the cache, where the ext lies in the
 * very form in which it is shown. Parsing and writing it again was half of the cost of a read (items are most of an order).
 */
import { documentOf } from '../record/order-document.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';

/** JSON leaves out members that are undefined: what is left of a document without its ext is the base's part. */
const NO_EXT = {} as OrderExt;

/** The ext as it is cached: the members of the document, in its order. */
export function extTextOf({ items, fees, discounts, recipient, remark, extension }: OrderExt): string {
  return JSON.stringify({ items, fees, discounts, recipient, remark, extension });
}

/** `JSON.stringify(documentOf(base, ext))` for the ext that `extText` was made of. */
export function documentTextOf(base: OrderBase, extText: string): string {
  return `${JSON.stringify(documentOf(base, NO_EXT)).slice(0, -1)},${extText.slice(1)}`;
}
