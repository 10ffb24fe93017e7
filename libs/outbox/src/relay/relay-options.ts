/** How a relay runs. Every option has a default; `Relay` sets those that concern the clusters. */
import { NODE_SCHEMA, type Placement } from '@ordo/sharding';
import { type OutboxRow, OutboxTable } from './outbox.repository.js';

export interface NodeRelayOptions {
  /** Rows per lane and pass. A pass of all lanes is one projection transaction per merchant node and one publish window. */
  readonly rowsPerLane: number;
  /** The safety net under the nudges. */
  readonly pollMs: number;
  /**
   * Least time between the starts of two passes that are not full. A pass costs three commits, some 3 ms of CPU and fsyncs that placements
   * wait behind, however few its rows are, so under load a pass of many rows is worth a wait that few consumers notice. The first row after
   * a quiet moment never waits.
   */
  readonly spacingMs: number;
  /** Between attempts at a refused message, and at a merchant node that does not answer. */
  readonly refusedRetryMs: number;
  readonly probeMs: number;
  /** Whose outbox: the schema of that name on every node. */
  readonly schema: string;
  /** Which of its tables: the outbox, or what the second cluster has still to hear. */
  readonly table: OutboxTable;
  /** Whether a pass may begin on the node: not before the operator's switches there are known. Absent: always. */
  readonly isReady?: (node: number) => boolean;
  /** Whether the second cluster hears of a row of this node; absent: there is none. */
  readonly handsOver?: (row: OutboxRow, node: number) => boolean;
  /** Rows were handed over on the node. */
  readonly onHandedOver?: (node: number) => void;
}

/** Where a projection goes; `Placement` is one. An app that projects by another rule brings its own. */
export type ProjectionPlacement = Pick<Placement, 'merchantNode' | 'merchantShardsOf'>;

export const defaultRelayOptions: NodeRelayOptions = {
  rowsPerLane: 64,
  pollMs: 100,
  spacingMs: 60,
  refusedRetryMs: 5_000,
  probeMs: 250,
  schema: NODE_SCHEMA,
  table: OutboxTable.FIRST,
};
