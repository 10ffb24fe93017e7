/**
 * A master that is none any more and does not know: whatever the database answers, it reads that it is master still, under an epoch that is
 * over, and alone in the world. What it writes goes out unchanged, so that the database alone can refuse it; only its heartbeat does not, or
 * the true master would admit it as a member like any other.
 */
import { PartitionGroup } from '@ordo/coordination';
import type { NodePool } from '@ordo/sharding';

const MASTER_SLOT = -1;
/** Longer than any case. */
const LEFT_US = 60_000_000;

const PUBLISHES = /SET memo = /;
const HEARTBEAT = /^INSERT INTO \S+\.member [^;]*;/;

interface Row {
  readonly [column: string]: unknown;
}

export class StaleMaster {
  readonly group: PartitionGroup;
  /** Rosters that it has sent to the database. */
  published = 0;

  constructor(
    pool: NodePool,
    group: string,
    partitions: number,
    private readonly epoch: number,
  ) {
    this.group = new PartitionGroup({ pool: this.doctored(pool), group, partitions, memberId: 'stale' });
    this.group.start();
  }

  private doctored(pool: NodePool): NodePool {
    const through = async <T>(sql: string, ask: (sql: string) => Promise<T>): Promise<T> => {
      if (PUBLISHES.test(sql)) this.published += 1;
      return this.believed(await ask(sql.replace(HEARTBEAT, 'DO 0;'))) as T;
    };
    return {
      ...{ index: pool.index, name: pool.name, ping: () => pool.ping(), stats: () => pool.stats() },
      query: (sql, options) => through(sql, (text) => pool.query(text, options)),
      use: (work, options) =>
        pool.use((connection) => {
          const query = <T>(sql: string): Promise<T> => through(sql, (text) => connection.query<T>(text));
          return work({ query, destroy: () => connection.destroy() });
        }, options),
    };
  }

  private believed(results: unknown): unknown {
    if (!Array.isArray(results)) return results;
    return results.map((rows: unknown) => (Array.isArray(rows) ? this.believedRows(rows) : rows));
  }

  private believedRows(rows: readonly Row[]): unknown {
    const { token } = this.group;
    if (rows[0]?.['token'] !== undefined) return [{ token }];
    return rows.map((row) =>
      Number(row['slot']) === MASTER_SLOT ? { ...row, owner: token, epoch: this.epoch, left_us: LEFT_US } : row,
    );
  }
}
