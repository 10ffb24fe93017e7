/**
 * What the fault specs of the timers stand on: nodes as processes, a setter that is none of them, and a table of effects on every MySQL
 * server, in which what has happened is counted. The case knows what it asked for; nothing that an engine says of itself is a proof.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Transient } from '@ordo/kernel';
import { msOfDateTime, NodePools } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { PARTITION_COUNT, type TimerRequest, TimerState, type Timers, TimersRuntime } from '@ordo/timers';
import type { NodeSettings } from '../programs/node-messages.js';
import { accountLine, accountOf, type TimerAccount, type TimerEffect } from './timer-ledger.js';
import { TimerProcess } from './timer-process.js';

/** Rows of one call, and calls at once, as the bench found fastest. */
const PER_CALL = 2_000;
const CALLS_AT_ONCE = 4;
/** The spec's own connections are under no test: they wait where a node would give up. */
const PATIENT = { acquireDeadlineMs: 15_000, connectTimeoutMs: 5_000, queryDeadlineMs: 15_000 } as const;
/** Then a statement that was given up has come to its end on the server, too. */
const OUTCOME_KNOWN_MS = 3_000;
/** The spec's own reads: hundreds of thousands of rows. */
const READ = { deadlineMs: 60_000 } as const;
const LOOK_EVERY_MS = 150;
const STEP_MS = 100;
/** Timers that tell how fast this machine sets them just now, and how much slower it may become while it does. */
const FIRST = 4_000;
const SLACK = 1.5;
const LEAD_MS = 500;
const LONGEST_LEAD_MS = 20_000;
const HEAP = 'heap-';
const DRAIN_BEGINS_MS = 60_000;
/** A lease, a grace, and a start on shared cores. */
const SHARED_MS = 30_000;

export interface LeaseOwner {
  readonly token: string;
  readonly epoch: number;
}

export class TimerStage {
  readonly queue: string;
  readonly group: string;
  /** Key → due time: what was asked for. */
  readonly due = new Map<string, number>();
  readonly nodes: TimerProcess[] = [];
  private page = 1;
  private readonly endings: (() => Promise<unknown>)[] = [];
  readonly pools = new NodePools(testStack().mysqlNodes, PATIENT);
  private readonly schema: string;
  private readonly setter: TimersRuntime;

  private constructor(readonly redisUrl: string) {
    // Never a name again: leases end with their stage, and the index refuses whoever begins anew below the epochs that it has seen.
    const name = `f${randomUUID().slice(0, 8)}`;
    this.queue = name;
    this.group = name;
    this.schema = `ordo_faults_${name}`;
    const task = { handle: () => undefined };
    const options = { pools: this.pools.all, redisUrl, group: this.group, fires: false };
    this.setter = new TimersRuntime(options, [{ queue: this.queue, retries: {}, task }]);
  }

  static async open(redisUrl = process.env['ORDO_REDIS_TIMERS_URL'] ?? ''): Promise<TimerStage> {
    const stage = new TimerStage(redisUrl);
    for (const pool of stage.pools.all) {
      await pool.query(`CREATE DATABASE ${stage.schema}`);
      await pool.query(
        `CREATE TABLE ${stage.effects} (n BIGINT AUTO_INCREMENT PRIMARY KEY, timer_id BIGINT NOT NULL,
         timer_key VARCHAR(128) CHARACTER SET ascii NOT NULL, version INT NOT NULL, due_at DATETIME(3) NOT NULL,
         at DATETIME(3) NOT NULL, member INT NOT NULL)`,
      );
    }
    return stage;
  }

  get timers(): Timers {
    return this.setter.timers;
  }

  /** Nodes that are ready; they share the partitions a little later: {@link shared}. */
  async start(...each: readonly Partial<NodeSettings>[]): Promise<TimerProcess[]> {
    const { queue, group, effects, redisUrl } = this;
    const started = each.map((settings) => TimerProcess.start({ queue, group, effects, redisUrl, ...settings }));
    this.nodes.push(...started);
    await Promise.all(started.map((node) => node.ready()));
    return started;
  }

  /** Resolves when every partition has an owner among `nodes`, and each of them its fair share. */
  async shared(nodes = this.living, withinMs = SHARED_MS): Promise<void> {
    let shares: readonly number[] = [];
    const look = async (): Promise<boolean> => {
      const owners = [...(await this.owners()).values()];
      shares = nodes.map((node) => owners.filter(({ token }) => node.isNamedBy(token)).length);
      const isFair = Math.max(...shares) - Math.min(...shares) <= this.pools.all.length;
      return isFair && shares.reduce((sum, share) => sum + share, 0) === PARTITION_COUNT;
    };
    await eventually(look, `${nodes.length} nodes share ${PARTITION_COUNT} partitions`, withinMs).catch((error) => {
      throw new Error(`the nodes ${nodes.map(({ pid }) => pid).join(', ')} have ${shares.join(', ')}`, {
        cause: error,
      });
    });
  }

  /** The owner of each partition by the leases. */
  async owners(): Promise<ReadonlyMap<number, LeaseOwner>> {
    const owners = new Map<number, LeaseOwner>();
    const count = this.pools.all.length;
    for (const [node, leases] of (await this.leases()).entries()) {
      for (const { slot, token, epoch } of leases) {
        if (slot >= 0 && token !== '') owners.set(node + count * slot, { token, epoch });
      }
    }
    return owners;
  }

  /** The master of each MySQL node's group. */
  async masters(): Promise<readonly (LeaseOwner & { readonly roster: string })[]> {
    const found = (await this.leases()).map((leases) => leases.find(({ slot }) => slot < 0));
    return found.map((lease) => ({ token: lease?.token ?? '', epoch: lease?.epoch ?? 0, roster: lease?.roster ?? '' }));
  }

  async partitionsOf(node: TimerProcess): Promise<number[]> {
    return [...(await this.owners())].filter(([, { token }]) => node.isNamedBy(token)).map(([partition]) => partition);
  }

  /** Sets `count` timers, rows committed and index told; a node that is away meanwhile is waited for. */
  async set(prefix: string, count: number, dueMsOf: (at: number) => number): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const from = next;
        next = Math.min(count, from + PER_CALL);
        const requests = Array.from({ length: next - from }, (_, index) => {
          const at = from + index;
          return { queue: this.queue, key: `${this.named(prefix)}${at}`, dueMs: dueMsOf(at) };
        });
        await this.setAll(requests);
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
  }

  /**
   * Sets `count` timers that are all due in the same second, a moment after the last of them is set on this machine; resolves when some of
   * them have fired, and by far not all.
   */
  async inMidDrain(count: number): Promise<void> {
    const startedMs = performance.now();
    await this.set('first-', FIRST, () => Date.now());
    const perTimerMs = (performance.now() - startedMs) / FIRST;
    const dueMs = Date.now() + Math.min(LEAD_MS + SLACK * count * perTimerMs, LONGEST_LEAD_MS);
    await this.set(HEAP, count, () => Math.round(dueMs));
    await this.fired(count / 20, DRAIN_BEGINS_MS, HEAP);
  }

  /** How many of the timers of {@link inMidDrain} have fired. */
  drained(): Promise<number> {
    return this.effectCount(HEAP);
  }

  /** Sets `perSecond` timers a second, each due `aheadMs` later, until the promise that it answers is asked to end. */
  trickle(prefix: string, perSecond: number, aheadMs: number): { stop(): Promise<void> } {
    let isOver = false;
    const running = (async () => {
      const startedMs = performance.now();
      for (let set = 0; !isOver; ) {
        const wanted = Math.floor(((performance.now() - startedMs) / 1_000) * perSecond) - set;
        const dueMs = Date.now() + aheadMs;
        if (wanted > 0) await this.set(`${prefix}${set}-`, wanted, () => dueMs);
        set += wanted;
        await pause(STEP_MS);
      }
    })();
    running.catch(() => undefined);
    const stop = (): Promise<void> => {
      isOver = true;
      return running;
    };
    this.atEnd(stop);
    return { stop };
  }

  /** Run when the page is turned or the stage closes: what a case that fails leaves running. */
  atEnd(ending: () => Promise<unknown>): void {
    this.endings.push(ending);
  }

  /** Enters what nodes have set themselves, as far as it is in the database. */
  async enter(prefix: string): Promise<void> {
    const sql = `SELECT timer_key, due_at FROM ordo_node.timer WHERE queue='${this.queue}' AND timer_key LIKE '${prefix}%'`;
    const rows = (await Promise.all(this.pools.all.map((pool) => pool.query(sql)))).flat();
    for (const row of rows) this.due.set(String(row['timer_key']), msOfDateTime(String(row['due_at'])));
  }

  /** Now, by the clock of the first MySQL node. */
  async nowMs(): Promise<number> {
    const [row] = await this.pools.at(0).query('SELECT UTC_TIMESTAMP(3) AS now');
    return msOfDateTime(String(row?.['now']));
  }

  /** All effects of this page, or those of the timers that {@link set} named by `prefix`. */
  async effectCount(prefix?: string): Promise<number> {
    const some = prefix === undefined ? '' : `WHERE timer_key LIKE '${this.named(prefix)}%'`;
    const sql = `SELECT COUNT(*) AS n FROM ${this.effects} ${some}`;
    const counts = await Promise.all(this.pools.all.map((pool) => pool.query(sql, READ)));
    return counts.reduce((sum, [row]) => sum + Number(row?.['n']), 0);
  }

  /** Every effect, or those of some partitions only. */
  async allEffects(partitions?: readonly number[]): Promise<readonly TimerEffect[]> {
    const some =
      partitions === undefined
        ? ''
        : `WHERE timer_id IN (SELECT id FROM ordo_node.timer WHERE queue='${this.queue}' AND partition_no IN (${partitions.join(',')}))`;
    const sql = `SELECT timer_key, at FROM ${this.effects} ${some} ORDER BY n`;
    const rows = (await Promise.all(this.pools.all.map((pool) => pool.query(sql, READ)))).flat();
    return rows.map((row) => ({ key: String(row['timer_key']), atMs: msOfDateTime(String(row['at'])) }));
  }

  /** Ids of the timers that wait in MySQL. */
  async pendingIds(): Promise<string[]> {
    const sql = `SELECT id FROM ordo_node.timer WHERE queue='${this.queue}' AND state=${TimerState.PENDING}`;
    const rows = (await Promise.all(this.pools.all.map((pool) => pool.query(sql, READ)))).flat();
    return rows.map((row) => String(row['id']));
  }

  /** Resolves when there are at least `count` effects of `prefix`; a MySQL node that is away is asked again. */
  async fired(count: number, withinMs: number, prefix?: string): Promise<void> {
    const look = async (): Promise<boolean> => {
      await pause(LOOK_EVERY_MS);
      return (await this.effectCount(prefix).catch(() => 0)) >= count;
    };
    await eventually(look, `${count} timers have fired`, withinMs);
  }

  /** For each of `partitions`, how long after `sinceMs` another process than `node` fired there first; Infinity where none did. */
  async firedElsewhere(partitions: readonly number[], sinceMs: number, node: TimerProcess): Promise<readonly number[]> {
    const sql = `SELECT t.partition_no AS part, MIN(e.at) AS first_at FROM ${this.effects} e JOIN ordo_node.timer t ON t.id=e.timer_id
      WHERE e.member<>${node.pid} AND UNIX_TIMESTAMP(e.at)*1000>=${sinceMs} GROUP BY t.partition_no`;
    const rows = (await Promise.all(this.pools.all.map((pool) => pool.query(sql, READ)))).flat();
    const first = new Map(rows.map((row) => [Number(row['part']), msOfDateTime(String(row['first_at']))]));
    return partitions.map((partition) => (first.get(partition) ?? Number.POSITIVE_INFINITY) - sinceMs);
  }

  /** Waits until everything is there, or it is clear that it will not come; prints the line and answers the counts. */
  async settle(
    what: string,
    withinMs: number,
    remark: () => string | Promise<string> = () => '',
  ): Promise<TimerAccount> {
    await this.fired(this.due.size, withinMs).catch(() => undefined);
    const account = accountOf(this.due, await this.allEffects());
    console.log([`${what}: ${accountLine(account)}`, await remark()].filter((each) => each !== '').join('; '));
    return account;
  }

  private async quiet(): Promise<void> {
    await Promise.all(this.endings.splice(0).map((end) => end().catch(() => undefined)));
  }

  /** A new page: what was set and done so far is settled and forgotten. */
  async turnPage(): Promise<void> {
    await this.quiet();
    this.due.clear();
    this.page += 1;
    for (const pool of this.pools.all) await pool.query(`TRUNCATE TABLE ${this.effects}`, READ);
  }

  get living(): readonly TimerProcess[] {
    return this.nodes.filter(({ hasEnded }) => !hasEnded);
  }

  async close(): Promise<void> {
    await this.quiet();
    for (const node of this.living) {
      node.thaw();
      await node.kill();
    }
    await this.setter.stop();
    for (const pool of this.pools.all) {
      await pool.query(`DROP DATABASE IF EXISTS ${this.schema}`, READ);
      await pool.query(`DELETE FROM ordo_node.timer WHERE queue='${this.queue}'`, READ);
      await pool.query(`DELETE FROM ordo_node.timer_switch WHERE queue='${this.queue}'`);
      await pool.query(`DELETE FROM ordo_node.lease WHERE name='${this.group}'`);
      await pool.query(`DELETE FROM ordo_node.member WHERE group_name='${this.group}'`);
    }
    await this.pools.close();
  }

  /** Names of one page are not used in another. */
  named(prefix: string): string {
    return `${this.page}.${prefix}`;
  }

  /** What was not answered is looked up, and what is not there is set again. */
  private async setAll(requests: readonly TimerRequest[]): Promise<void> {
    for (let waiting = requests; waiting.length > 0; ) {
      const isAnswered = await this.timers.scheduleAll(waiting).then(() => true, whenTransient);
      const known = isAnswered ? undefined : await this.knownKeys(waiting);
      const isSet = ({ key }: TimerRequest): boolean => known?.has(key) ?? true;
      for (const { key, dueMs } of waiting.filter(isSet)) this.due.set(key, dueMs);
      waiting = waiting.filter((request) => !isSet(request));
    }
  }

  private async knownKeys(requests: readonly TimerRequest[]): Promise<ReadonlySet<string>> {
    const keys = requests.map(({ key }) => `'${key}'`).join(',');
    const sql = `SELECT timer_key FROM ordo_node.timer WHERE queue='${this.queue}' AND timer_key IN (${keys})`;
    for (;;) {
      await pause(OUTCOME_KNOWN_MS);
      const found = await Promise.all(this.pools.all.map((pool) => pool.query(sql, READ))).catch(whenTransient);
      if (found !== false) return new Set(found.flat().map((row) => String(row['timer_key'])));
    }
  }

  get effects(): string {
    return `${this.schema}.effect`;
  }

  private async leases() {
    const sql = `SELECT slot, owner, epoch, memo FROM ordo_node.lease WHERE name='${this.group}'`;
    const all = await Promise.all(this.pools.all.map((pool) => pool.query(sql)));
    return all.map((rows) =>
      rows.map((row) => ({
        slot: Number(row['slot']),
        token: String(row['owner']),
        epoch: Number(row['epoch']),
        roster: String(row['memo']),
      })),
    );
  }
}

function whenTransient(error: unknown): false {
  if (error instanceof Transient) return false;
  throw error;
}
