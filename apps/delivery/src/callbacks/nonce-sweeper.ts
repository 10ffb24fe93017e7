/** Forgets nonces of messages whose signature nobody would take any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGNATURE_TOLERANCE_MS } from '@ordo/platform';
import type { NodePools } from '@ordo/sharding';
import { DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';

const SWEEP_EVERY_MS = 60_000;
/** Both sides of the tolerance, and clocks of hosts that differ. */
const KEPT_SECONDS = (3 * SIGNATURE_TOLERANCE_MS) / 1_000;
/** Short locks: callbacks write to the same table. */
const ROWS_AT_ONCE = 5_000;

export class NonceSweeper {
  private readonly stopping = new AbortController();
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly pools: NodePools,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  start(): void {
    this.sweeping ??= this.keepSweeping();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.sweeping;
  }

  private async keepSweeping(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await Promise.all(
        this.pools.all.map((pool) => pool.query(SWEEP).catch((error: unknown) => this.onFailed(error))),
      );
      await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

const SWEEP =
  `DELETE FROM ${DELIVERY_NODE_SCHEMA}.carrier_nonce ` +
  `WHERE seen_at < DATE_SUB(UTC_TIMESTAMP(3), INTERVAL ${KEPT_SECONDS} SECOND) LIMIT ${ROWS_AT_ONCE}`;
