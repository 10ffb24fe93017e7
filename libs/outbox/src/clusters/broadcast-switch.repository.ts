/** Every statement on `broadcast_switch` of one node. */
import { msOfDateTime, NODE_SCHEMA, type NodePool, quote } from '@ordo/sharding';
import { type Cluster, type ClusterSwitch, initialSwitch, type SwitchState } from './broadcast-switch.state.js';

/** A switch as an operator left it. */
export interface ThrownSwitch extends ClusterSwitch {
  readonly cluster: Cluster;
  readonly reason: string | null;
  readonly changedBy: string | null;
  readonly changedMs: number;
}

export type SwitchPosition = Partial<ClusterSwitch> & { readonly reason: string | null; readonly changedBy: string };

type Row = Readonly<Record<string, string | number | null>>;

const REASON_LENGTH = 255;
const CHANGED_BY_LENGTH = 128;

export class BroadcastSwitchRepository {
  private readonly table: string;

  /** `schema`: whose outbox; default the order app's. */
  constructor(
    private readonly pool: Pick<NodePool, 'query'>,
    schema: string = NODE_SCHEMA,
  ) {
    this.table = `${schema}.broadcast_switch`;
  }

  /** Those that somebody has thrown; the others stand at `initialSwitch`. */
  async read(deadlineMs?: number): Promise<ThrownSwitch[]> {
    const sql = `SELECT cluster, state, percent, types, reason, changed_by, changed_at FROM ${this.table}`;
    return (await this.pool.query<Row[]>(sql, deadlineMs === undefined ? {} : { deadlineMs })).map(switchOf);
  }

  /** What is not named keeps its value. Safe to repeat and to race: the last one wins. */
  async change(cluster: Cluster, position: SwitchPosition): Promise<void> {
    const { state, percent, reason, changedBy } = position;
    const types = 'types' in position ? (position.types?.join(',') ?? null) : undefined;
    const facts = {
      ...{ state, percent, types },
      reason: reason?.slice(0, REASON_LENGTH) ?? null,
      changed_by: changedBy.slice(0, CHANGED_BY_LENGTH),
    };
    const named = Object.entries(facts).filter(([, value]) => value !== undefined);
    const updates = named.map(([column, value]) => `${column} = ${literal(value)}`);
    const initial = initialSwitch[cluster];
    await this.pool.query(
      `INSERT INTO ${this.table} (cluster, state, percent, types, reason, changed_by, changed_at)
       VALUES (${quote(cluster)}, ${state ?? initial.state}, ${percent ?? initial.percent}, ${literal(types ?? null)},
         ${literal(facts.reason)}, ${literal(facts.changed_by)}, UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE ${updates.join(', ')}, changed_at = UTC_TIMESTAMP(3)`,
    );
  }
}

const literal = (value: string | number | null | undefined): string =>
  typeof value === 'number' ? String(value) : quote(value ?? null);

function switchOf(row: Row): ThrownSwitch {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    cluster: String(row['cluster']) as Cluster,
    state: Number(row['state']) as SwitchState,
    percent: Number(row['percent']),
    types: textOf('types')?.split(',').filter(Boolean),
    reason: textOf('reason'),
    changedBy: textOf('changed_by'),
    changedMs: msOfDateTime(String(row['changed_at'])),
  };
}
