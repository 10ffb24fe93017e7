/**
 * "Promise + 3 h" (DOMAIN §1): an order that carries a promise waits for its delivery so long from the promised instant, and one that carries
 * none from its acceptance. The instant is not proven here; a placer may choose the same span openly, within the same limits.
 */
import { type OrderDeadlines, promisedInstantOf } from '@ordo/contracts';
import type { BusinessType } from '../lifecycle/order.state.js';

const MS_PER_SECOND = 1_000;

export interface PromisingOrder {
  readonly deadlines?: OrderDeadlines | undefined;
  readonly extension: Readonly<Record<string, unknown>>;
}

/** The order's own deadlines as of an acceptance at `nowMs`. What it was placed with is stronger. */
export function deadlinesFrom(
  { deadlines: { ACCEPTED: receive } }: BusinessType,
  { deadlines, extension }: PromisingOrder,
  nowMs: number,
): OrderDeadlines | undefined {
  const promisedAtMs = promisedInstantOf(extension['promiseToken']);
  if (receive?.name !== 'receive' || deadlines?.receiveSeconds !== undefined || promisedAtMs === undefined) {
    return deadlines;
  }
  const lastsMs = Math.min(Math.max(promisedAtMs - nowMs, 0) + receive.afterMs, receive.limits.longestMs);
  return { ...deadlines, receiveSeconds: Math.ceil(lastsMs / MS_PER_SECOND) };
}
