/** Brokers, apps and rows for specs of the relay: they fail when they are told to, and keep a list of what arrived. */
import { InvariantViolation } from '@ordo/kernel';
import type { NodePool } from '@ordo/sharding';
import { outboxInsert } from '../append/outbox-entry.js';
import type { OutboxRow } from '../relay/outbox.repository.js';
import type { EventPublisher, PublishOutcome, RelayedApp, RelayedEvent, RelayRecorder } from '../relay/relay-ports.js';

const DEADLINE_MS = 8_000;

export class ScriptedBroker implements EventPublisher {
  isConnected = true;
  readonly confirmed: string[] = [];
  windows: string[][] = [];
  verdict: (event: RelayedEvent) => PublishOutcome = () => 'confirmed';

  publishWindow(events: readonly RelayedEvent[]): Promise<readonly PublishOutcome[]> {
    const outcomes = events.map((event) => this.verdict(event));
    this.windows.push(events.map((event) => event.messageId));
    events.forEach((event, index) => {
      if (outcomes[index] === 'confirmed') this.confirmed.push(event.messageId);
    });
    return Promise.resolve(outcomes);
  }
}

export class ScriptedApp implements RelayedApp {
  readonly projected = new Set<string>();
  refuse: (row: OutboxRow, merchantNode: number) => Error | undefined = () => undefined;

  project(merchantNode: number, rows: readonly OutboxRow[]): Promise<void> {
    for (const row of rows) {
      const error = this.refuse(row, merchantNode);
      if (error !== undefined) return Promise.reject(error);
    }
    for (const row of rows) this.projected.add(`${row.orderId}-${row.version}`);
    return Promise.resolve();
  }

  hasNoEvent: (row: OutboxRow) => boolean = () => false;

  eventOf(row: OutboxRow): RelayedEvent {
    if (this.hasNoEvent(row)) throw new InvariantViolation('an event is at most 128 KB', { orderId: row.orderId });
    return { exchange: 'x', routingKey: row.type, messageId: `${row.orderId}-${row.version}`, body: '{}' };
  }
}

export const silent: RelayRecorder = {
  published: () => undefined,
  projected: () => undefined,
  parked: () => undefined,
  failed: () => undefined,
};

/** User shard 0 lies on node 0; merchant shard 1 on node 0, merchant shard 0 on node 1. */
export const append = (pool: NodePool, orderId: number, version: number, merchantShard = 1): Promise<unknown> => {
  const { into, row } = outboxInsert({
    ...{ orderId: String(orderId), version, userShard: (orderId % 6) * 20, merchantShard, type: 'order.created' },
    ...{ occurredAt: Date.now(), traceParent: null, payload: '{}' },
  });
  return pool.query(`${into} VALUES ${row}`);
};

export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const versionsOf = (ids: readonly string[], orderId: number): number[] =>
  ids.filter((id) => id.startsWith(`${orderId}-`)).map((id) => Number(id.split('-')[1]));
