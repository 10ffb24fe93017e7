/**
 * What the optimiser makes of the statements that a repository really issues: each is explained before it runs, and the rows that it reads
 * are counted while it runs. A repository gets these pools instead of its own, so no spec repeats any SQL. MariaDB and MySQL explain alike here.
 */
import type { CallOptions, NodeConnection, NodePool, NodePools } from '@ordo/sharding';

export interface StatementPlan {
  readonly sql: string;
  readonly table: string;
  readonly type: string;
  readonly key: string | null;
  readonly extra: string;
}

export interface StatementBounds {
  /** Rows that everything witnessed may have read, in all. */
  readonly rows: number;
  /** What is sorted, or gathered in a temporary table, is bounded by `rows`: the few rows of one order. Default: nothing is. */
  readonly sorts?: boolean;
}

type ExplainRow = Readonly<Record<'select_type' | 'table' | 'type' | 'key' | 'Extra', string | null>>;

const HANDLERS = "SHOW SESSION STATUS LIKE 'Handler_read%'";
const EXPLAINED = /^(SELECT|UPDATE|DELETE|INSERT\b.*\bSELECT|\(SELECT)\b/s;
/** Tables of the statement's own, such as `<derived2>`, are no tables of ours. */
const MADE_BY_STATEMENT = /^</;

/** Reads that begin at an entry of an index. `ALL` and `index` walk a table or an index from its end. */
const SEEKS: ReadonlySet<string> = new Set(['const', 'eq_ref', 'ref', 'range']);

export class StatementWitness {
  readonly pools: NodePools;
  readonly plans: StatementPlan[] = [];
  /** Rows read so far, by the server's own counters. */
  touched = 0;

  constructor(real: NodePools) {
    const all = real.all.map((pool) => this.explaining(pool));
    this.pools = { all, at: (node: number) => all[node] } as unknown as NodePools;
  }

  /** Forgets what was seen, and then sees what `work` does. */
  async watching<T>(work: () => Promise<T>): Promise<T> {
    this.plans.length = 0;
    this.touched = 0;
    return work();
  }

  /** The keys of the statements, in their order. */
  get keys(): readonly (string | null)[] {
    return this.plans.map(({ key }) => key);
  }

  /** Whatever is not bounded about the statements that were watched; empty when all is well. */
  complaints({ rows, sorts = false }: StatementBounds): readonly string[] {
    const named = (plan: StatementPlan, problem: string): string => `${problem}: ${plan.sql.slice(0, 200)}`;
    const found = this.plans.flatMap((plan) => {
      const isOurs = !MADE_BY_STATEMENT.test(plan.table);
      return [
        ...(isOurs && (plan.key === null || !SEEKS.has(plan.type))
          ? [named(plan, `${plan.type} scan of ${plan.table}`)]
          : []),
        ...(!sorts && /filesort|temporary/i.test(plan.extra) ? [named(plan, plan.extra)] : []),
      ];
    });
    if (this.plans.length === 0) found.push('no statement was seen');
    if (this.touched > rows) found.push(`${this.touched} rows were read, ${rows} at most were expected`);
    return found;
  }

  private explaining(pool: NodePool): NodePool {
    return {
      index: pool.index,
      name: pool.name,
      query: <T>(sql: string, options?: CallOptions) => pool.use((connection) => this.run<T>(connection, sql), options),
      use: <T>(work: (connection: NodeConnection) => Promise<T>, options?: CallOptions) =>
        pool.use(
          (connection) =>
            work({
              query: <R>(sql: string) => this.run<R>(connection, sql),
              destroy: () => connection.destroy(),
            }),
          options,
        ),
      ping: () => pool.ping(),
      stats: () => pool.stats(),
    };
  }

  private async run<T>(connection: NodeConnection, sql: string): Promise<T> {
    for (const statement of sql.split(';').map((each) => each.trim())) {
      if (EXPLAINED.test(statement)) await this.explain(connection, statement);
    }
    const before = await readsOf(connection);
    const answer = await connection.query<T>(sql);
    const after = await readsOf(connection);
    // What one look at the counters adds to them is found by a second one.
    const own = (await readsOf(connection)) - after;
    this.touched += after - before - own;
    return answer;
  }

  private async explain(connection: NodeConnection, sql: string): Promise<void> {
    for (const row of await connection.query<ExplainRow[]>(`EXPLAIN ${sql}`)) {
      const { table, type, key, Extra } = row;
      // The target of INSERT … SELECT is listed as if it were read.
      if (table === null || row.select_type === 'INSERT') continue;
      this.plans.push({ sql, table, type: type ?? '', key, extra: Extra ?? '' });
    }
  }
}

async function readsOf(connection: NodeConnection): Promise<number> {
  const rows = await connection.query<{ readonly Value: string }[]>(HANDLERS);
  return rows.reduce((sum, { Value }) => sum + Number(Value), 0);
}
