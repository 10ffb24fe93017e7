/** The round trips of a member of a group: what it writes is conditional in the statement, what it knows is what it read last. */
import { type NodePool, quote, quoteList, toOrdoError } from '@ordo/sharding';
import { LeaseStatements, leaseRowOf, SOLE_SLOT, type SqlRow } from '../lease/lease-statements.js';
import type { GroupView, Moves } from './next-moves.rules.js';
import { rosterText } from './roster.js';

/** A beat that takes longer than this is tried again on another connection: three fit into the trust of one lease. */
const DEADLINE_MS = 2_000;
/** How long the row of a member that ended without a word stays, for whoever looks at the cluster. */
const FORGET_AFTER = 'INTERVAL 60 SECOND';
const NOW = 'UTC_TIMESTAMP(3)';

export class GroupRepository {
  readonly leases: LeaseStatements;
  private readonly members: string;
  private readonly readView: string;

  constructor(
    private readonly pool: NodePool,
    schema: string,
    private readonly group: string,
    private readonly token: string,
    private readonly ttlMs: number,
  ) {
    this.leases = new LeaseStatements(schema, group, token);
    this.members = `${schema}.member`;
    const live = `SELECT token FROM ${this.members} WHERE group_name = ${quote(group)} AND expires_at > ${NOW} ORDER BY token`;
    this.readView = `${live}; ${this.leases.read()}`;
  }

  /** Heartbeat and renewal of all that is ours, and what the group looks like then: one round trip. */
  beat(): Promise<GroupView> {
    return this.run([this.heartbeat(), this.leases.renew(this.ttlMs)]);
  }

  look(): Promise<GroupView> {
    return this.run(['DO 0']);
  }

  /** Answers a stamp that differs whenever there may be something to do, and whether something stays free. */
  async glance(): Promise<{ stamp: string; hasExpired: boolean }> {
    const live = `SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(token)), 0)) AS stamp FROM ${this.members} WHERE group_name = ${quote(this.group)} AND expires_at > ${NOW}`;
    const [[members], [leases]] = await this.query<[SqlRow[], SqlRow[]]>(`${live}; ${this.leases.glance()}`);
    return {
      stamp: `${members?.['stamp']}/${leases?.['stamp']}`,
      hasExpired: Number(leases?.['expired']) > 0,
    };
  }

  /** Makes the moves and shows the outcome, in one round trip; each is conditional, so a move that came too late changes nothing. */
  act({ create, bury, claimMaster, publish, take, release }: Moves): Promise<GroupView> {
    const statements: string[] = [];
    if (create.length > 0) statements.push(this.leases.create(create));
    if (bury.length > 0) statements.push(this.dismiss(bury), this.leases.bury(bury));
    if (publish !== undefined) {
      statements.push(this.leases.write(SOLE_SLOT, publish.epoch, rosterText(publish.roster)), this.forget());
    }
    if (release.length > 0) statements.push(this.leases.release(release));
    const wanted = claimMaster ? [SOLE_SLOT, ...take] : take;
    if (wanted.length > 0) statements.push(...this.leases.takeUnlocked(wanted, this.ttlMs));
    return this.run(statements);
  }

  /** Gives everything back and leaves: whoever looks next may take it at once. */
  async leave(): Promise<void> {
    await this.query(`${this.dismiss([this.token])}; ${this.leases.release()}`);
  }

  private heartbeat(): string {
    const until = `${NOW} + INTERVAL ${this.ttlMs * 1_000} MICROSECOND`;
    return `INSERT INTO ${this.members} (group_name, token, joined_at, expires_at) VALUES (${quote(this.group)}, ${quote(this.token)}, ${NOW}, ${until}) ON DUPLICATE KEY UPDATE expires_at = ${until}`;
  }

  private dismiss(tokens: readonly string[]): string {
    return `DELETE FROM ${this.members} WHERE group_name = ${quote(this.group)} AND token IN ${quoteList(tokens)}`;
  }

  private forget(): string {
    return `DELETE FROM ${this.members} WHERE group_name = ${quote(this.group)} AND expires_at < ${NOW} - ${FORGET_AFTER}`;
  }

  private async run(statements: readonly string[]): Promise<GroupView> {
    const results = await this.query<SqlRow[][]>([...statements, this.readView].join('; '));
    const [live, leases] = results.slice(statements.length);
    return {
      live: (live ?? []).map((row) => String(row['token'])),
      leases: (leases ?? []).map(leaseRowOf),
    };
  }

  private query<T>(sql: string): Promise<T> {
    const answer = this.pool.use((connection) => connection.query<T>(sql), { deadlineMs: DEADLINE_MS });
    return answer.catch((error: unknown) => {
      throw toOrdoError(error, this.pool.name);
    });
  }
}
