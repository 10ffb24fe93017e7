/**
 * Deliveries of callbacks that were taken. Kept in the transaction of their effect, under the lock of what they are about, so two copies of one
 * never both find nothing.
 */
import { dateTimeText, type GroupedInsert, quote } from '@ordo/sharding';

/** One delivery: whoever sent it, and what is unique about it. */
export interface Delivery {
  readonly partner: string;
  readonly replayKey: string;
}

export const selectNonce = (schema: string, { partner, replayKey }: Delivery): string =>
  `SELECT replay_key FROM ${schema}.callback_nonce WHERE channel=${quote(partner)} AND replay_key=${quote(replayKey)}`;

export const nonceInsert = (schema: string, { partner, replayKey }: Delivery, nowMs: number): GroupedInsert => ({
  into: `INSERT INTO ${schema}.callback_nonce (channel, replay_key, seen_at)`,
  row: `(${quote(partner)},${quote(replayKey)},${quote(dateTimeText(nowMs))})`,
});

/** Finds the nonce of a transaction whose COMMIT was lost. */
export const nonceProof = (schema: string, delivery: Delivery): string =>
  `${selectNonce(schema, delivery)} LOCK IN SHARE MODE`;

/** Forgets deliveries that are refused for their age by now. Served by `by_seen`. */
export const purgeNonces = (schema: string, beforeMs: number, limit: number): string =>
  `DELETE FROM ${schema}.callback_nonce WHERE seen_at<${quote(dateTimeText(beforeMs))} ORDER BY seen_at LIMIT ${limit}`;
