/** Which of the rows that were read may go together. Pure, so that the ordering law (P3) can be tested without a server. */
import type { OutboxRow } from './outbox.repository.js';
import type { RelayedApp, RelayedEvent } from './relay-ports.js';

export interface RelayBatch {
  /** At most one row per order, its oldest: a window that fails in part can then never let a later version overtake. */
  readonly ready: readonly OutboxRow[];
  /** Rows of orders that have a parked row: they wait behind it. */
  readonly behindParked: readonly OutboxRow[];
}

/** `rows` in the order of their ids within each lane, `parkedOrders` the orders that may not go on. */
export function batchOf(rows: readonly OutboxRow[], parkedOrders: Pick<ReadonlySet<string>, 'has'>): RelayBatch {
  const seen = new Set<string>();
  const ready: OutboxRow[] = [];
  const behindParked: OutboxRow[] = [];
  for (const row of rows) {
    if (parkedOrders.has(row.orderId)) {
      behindParked.push(row);
    } else if (!seen.has(row.orderId)) {
      seen.add(row.orderId);
      ready.push(row);
    }
  }
  return { ready, behindParked };
}

/** `rows` grouped by a node index. */
export function groupByNode(rows: readonly OutboxRow[], nodeOf: (row: OutboxRow) => number): Map<number, OutboxRow[]> {
  const groups = new Map<number, OutboxRow[]>();
  for (const row of rows) {
    const node = nodeOf(row);
    const group = groups.get(node);
    if (group === undefined) groups.set(node, [row]);
    else group.push(row);
  }
  return groups;
}

/** Rows with their messages, and those of which none can be made: one such row must not stop its neighbours. */
export interface Announced {
  readonly rows: readonly OutboxRow[];
  readonly events: readonly RelayedEvent[];
  readonly without: readonly { readonly row: OutboxRow; readonly error: unknown }[];
}

export function announced(given: readonly OutboxRow[], app: Pick<RelayedApp, 'eventOf'>, sentAtMs: number): Announced {
  const rows: OutboxRow[] = [];
  const events: RelayedEvent[] = [];
  const without: { row: OutboxRow; error: unknown }[] = [];
  for (const row of given) {
    try {
      events.push(app.eventOf(row, sentAtMs));
      rows.push(row);
    } catch (error) {
      without.push({ row, error });
    }
  }
  return { rows, events, without };
}
