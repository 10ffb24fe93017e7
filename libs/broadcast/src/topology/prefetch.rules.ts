/**
 * How many messages a consumer should have in hand. By Little's law, as many are under way as arrive per second, times the seconds that
 * each takes: its handler, and the round trip of its acknowledgement. Twice that, so that a burst or a slow moment does not leave a
 * process idle; and never more than its share of half the queue, or one crash would redeliver what the others could have done.
 */
import { type ConsumerLoad, DEFAULT_MAX_LENGTH } from './topology.js';

/** A process that is killed redelivers all of it; and it is a queue in memory that nobody sees. */
export const MAX_PREFETCH = 1_000;
/** One message on its way while another is handled. */
const MIN_PREFETCH = 2;
const HEADROOM = 2;
/** Acknowledgement and next delivery on a local network, with the broker's batching. */
const ROUND_TRIP_MS = 5;
const MS_PER_SECOND = 1_000;

export function prefetchFor(load: ConsumerLoad, maxLength = DEFAULT_MAX_LENGTH): number {
  const perInstance = load.peakPerSecond / load.instances;
  const wanted = Math.ceil((HEADROOM * perInstance * (load.handlerMs + ROUND_TRIP_MS)) / MS_PER_SECOND);
  const share = Math.floor(maxLength / 2 / load.instances);
  return Math.max(MIN_PREFETCH, Math.min(wanted, share, MAX_PREFETCH));
}
