/**
 * Setting timers outside of a transaction of one's own. Guarantee: when a call resolves, the timer is committed in MySQL; when it is refused,
 * nothing was written. The index learns of it at once or, if Redis is away, later.
 */
import { refuse, transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { affectedRowsOf, isDuplicateKey, type NodePool, toOrdoError } from '@ordo/sharding';
import type { TimerEngine } from '../engine/timer-engine.js';
import { groupedBy } from '../slot/grouped-by.js';
import { type IndexEntry, slotOf } from '../slot/slot.js';
import { IndexPatience } from './index-patience.js';
import { TimerRepository, type TimerRow } from './timer.repository.js';
import { assertQueueKnown, assertTimer, type TimerRequest } from './timer.rules.js';
import { TimerState } from './timer.state.js';
import { TimerBulk } from './timer-bulk.js';
import { type PlannedTimer, TimerWriter } from './timer-writer.js';

export const MAX_TIMERS_PER_CALL = 10_000;
/** Somebody else changes the same key at the same time; a third meeting is a caller's loop. */
const ATTEMPTS = 3;
const AGAIN_MS = 20;
/** FNV-1a, 32 bits: a cryptographic digest of each key took as long as writing its row. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export interface SetTimer {
  readonly id: string;
  /** It was set before, with the same due time and payload. */
  readonly replayed: boolean;
}

export interface KnownTimer extends TimerRow {
  readonly node: number;
}

export class Timers {
  /** Timers for transactions of the caller's own; index them with {@link index} after the commit. */
  readonly writer: TimerWriter;
  private readonly queues: ReadonlySet<string>;
  private readonly patience = new IndexPatience();

  constructor(
    private readonly pools: readonly NodePool[],
    private readonly engines: ReadonlyMap<string, TimerEngine>,
    private readonly clock: Clock,
    private readonly schema?: string,
  ) {
    this.queues = new Set(engines.keys());
    this.writer = new TimerWriter(this.queues, pools.length, clock, schema);
  }

  /** The node that holds a key, unless its app decides: any fixed function of the key. */
  nodeOf(key: string): number {
    let hash = FNV_OFFSET;
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME) >>> 0;
    return hash % this.pools.length;
  }

  /** Safe to repeat. TIMER_KEY_TAKEN: the key names a pending timer that is due at another time or has another payload. */
  async schedule(request: TimerRequest, node = this.nodeOf(request.key)): Promise<SetTimer> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const planned = this.writer.timerInsert(node, request);
      if (await this.tryInsert(node, [`${planned.insert.into} VALUES ${planned.insert.row}`])) {
        await this.index(request.queue, [planned.entry]);
        return { id: planned.entry.id, replayed: false };
      }
      const set = await this.setAgain(node, request);
      if (set !== undefined) return set;
    }
    throw transient('WRITE_CONTENDED', `timer ${request.key} is being changed by others`, AGAIN_MS, {
      key: request.key,
    });
  }

  /** All of them or none, per node, and the nodes at once; ids in order. Not repeatable: a key that is taken, even by an ended timer, refuses all. */
  async scheduleAll(requests: readonly TimerRequest[], node?: number): Promise<readonly string[]> {
    if (requests.length > MAX_TIMERS_PER_CALL) {
      const violations = [{ field: 'requests', rule: 'maxItems', message: `must be at most ${MAX_TIMERS_PER_CALL}` }];
      throw refuse('INVALID_ARGUMENT', `${requests.length} timers in one call, at most ${MAX_TIMERS_PER_CALL}`, {
        violations,
      });
    }
    const ids: string[] = [];
    const bulks = new Map<number, TimerBulk>();
    const nowMs = this.clock.nowMs();
    for (const request of requests) {
      const at = node ?? this.nodeOf(request.key);
      const planned = this.writer.timerInsert(at, request, nowMs);
      ids.push(planned.entry.id);
      const bulk = bulks.get(at) ?? new TimerBulk();
      bulk.add(request, planned);
      bulks.set(at, bulk);
    }
    const outcomes = await Promise.allSettled([...bulks].map(([at, bulk]) => this.setBulk(at, bulk)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return ids;
  }

  /**
   * For facts that may be told more than once: sets the timers whose key has no row yet; one that has, pending or ended, stays as it is. When
   * it resolves, each of them has a row. Safe to repeat for as long as ended timers are kept; what cannot be a timer refuses all.
   */
  async scheduleOnce(requests: readonly TimerRequest[], node: number): Promise<void> {
    let missing = requests;
    for (let attempt = 1; missing.length > 0; attempt += 1) {
      if (attempt > ATTEMPTS) throw transient('NODE_UNAVAILABLE', 'ids were taken; some timers are not set', AGAIN_MS);
      const planned = missing.map((request) => ({ ...this.writer.timerInsert(node, request), queue: request.queue }));
      const inserted = await this.insertOnce(node, planned);
      for (const [queue, group] of groupedBy(planned, (each) => each.queue)) {
        // A row that was not taken in leaves an entry that the gate refuses.
        const entries = group.map(({ entry }) => entry);
        await this.index(queue, entries);
      }
      if (inserted === missing.length) return;
      missing = await this.withoutRow(node, missing);
      this.writer.redraw();
    }
  }

  /** Whether it was pending and is no more; false: it has fired, was cancelled before, or never was. */
  async cancel(queue: string, key: string, node = this.nodeOf(key)): Promise<boolean> {
    const statement = this.writer.timerCancel(queue, key);
    const row = await this.repository(node, queue).byKey(key);
    if (row?.state !== TimerState.PENDING) return false;
    const wasPending = affectedRowsOf(await this.pool(node).query<unknown>(statement)) === 1;
    if (wasPending) await this.tell(queue, (engine) => engine.remove(entryOf(row)));
    return wasPending;
  }

  /** Whether it was pending and is now due at `dueMs`. */
  async reschedule(queue: string, key: string, dueMs: number, node = this.nodeOf(key)): Promise<boolean> {
    const statement = this.writer.timerReschedule(queue, key, dueMs);
    const row = await this.repository(node, queue).byKey(key);
    if (row?.state !== TimerState.PENDING) return false;
    const wasPending = affectedRowsOf(await this.pool(node).query<unknown>(statement)) === 1;
    if (wasPending) await this.tell(queue, (engine) => engine.move(entryOf(row), slotOf(dueMs)));
    return wasPending;
  }

  async find(queue: string, key: string, node = this.nodeOf(key)): Promise<KnownTimer | undefined> {
    assertQueueKnown(this.queues, queue);
    const row = await this.repository(node, queue).byKey(key);
    return row === undefined ? undefined : { ...row, node };
  }

  /** After the commit of timers that the caller's own transaction carried. Never throws, and takes 50 ms at most, whatever Redis does. */
  async index(queue: string, entries: readonly IndexEntry[]): Promise<void> {
    await this.tell(queue, (engine) => engine.add(entries));
  }

  /** Waits to the end: whoever sets thousands is held back by the index. */
  private async addAll(queue: string, entries: readonly IndexEntry[]): Promise<void> {
    await this.engines.get(queue)?.add(entries);
  }

  private async tell(queue: string, what: (engine: TimerEngine) => Promise<void>): Promise<void> {
    const engine = this.engines.get(queue);
    if (engine !== undefined) await this.patience.wait(what(engine));
  }

  private async setBulk(node: number, bulk: TimerBulk): Promise<void> {
    if (!(await this.tryInsert(node, bulk.statements()))) await this.refuseTaken(node, bulk.requests);
    await Promise.all([...bulk.entries].map(([queue, entries]) => this.addAll(queue, entries)));
  }

  /** false: a key (or, once in a blue moon, an id) is taken, and nothing was written. */
  private async tryInsert(node: number, statements: readonly string[]): Promise<boolean> {
    const pool = this.pool(node);
    const [first = '', ...more] = statements;
    try {
      if (more.length === 0) await pool.query(first);
      else
        await pool.use(async (connection) => {
          for (const statement of statements) await connection.query(statement);
        });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw toOrdoError(error, pool.name);
    }
  }

  /** The key has a row: the same timer (a replay), an ended one (set anew), or another one (refused). undefined: look again. */
  private async setAgain(node: number, request: TimerRequest): Promise<SetTimer | undefined> {
    const { queue, key, dueMs, payload = null } = request;
    const repository = this.repository(node, queue);
    const row = await repository.byKey(key);
    if (row === undefined) {
      this.writer.redraw();
      return undefined;
    }
    if (row.state === TimerState.PENDING) {
      if (row.dueMs === dueMs && row.payload === payload) return { id: row.id, replayed: true };
      const details = { queue, keys: [key], pendingUntilMs: row.dueMs };
      throw refuse('TIMER_KEY_TAKEN', `timer ${key} is pending already; reschedule or cancel it`, details);
    }
    assertTimer(request, this.clock.nowMs());
    if (!(await repository.rearm(row, dueMs, payload))) return undefined;
    await this.index(queue, [{ ...entryOf(row), slot: slotOf(dueMs) }]);
    return { id: row.id, replayed: false };
  }

  private async refuseTaken(node: number, requests: readonly TimerRequest[]): Promise<never> {
    for (const [queue, group] of groupedBy(requests, (request) => request.queue)) {
      const taken = await this.repository(node, queue).taken(group.map(({ key }) => key));
      const keys = taken.slice(0, 10);
      if (taken.length > 0)
        throw refuse('TIMER_KEY_TAKEN', `${taken.length} keys are taken, among them ${keys[0]}`, { queue, keys });
    }
    const keys = requests.map(({ key }) => key).filter((key, at, all) => all.indexOf(key) !== at);
    if (keys.length > 0)
      throw refuse('TIMER_KEY_TAKEN', `key ${keys[0]} occurs twice in the call`, { keys: keys.slice(0, 10) });
    this.writer.redraw();
    throw transient('NODE_UNAVAILABLE', 'an id was taken; nothing was written', AGAIN_MS);
  }

  /** Answers how many of them had no row before. */
  private async insertOnce(node: number, planned: readonly PlannedTimer[]): Promise<number> {
    const pool = this.pool(node);
    try {
      return affectedRowsOf(await pool.query<unknown>(this.writer.timersOnce(planned)));
    } catch (error) {
      throw toOrdoError(error, pool.name);
    }
  }

  private async withoutRow(node: number, requests: readonly TimerRequest[]): Promise<readonly TimerRequest[]> {
    const missing = [];
    for (const [queue, group] of groupedBy(requests, (request) => request.queue)) {
      const taken = new Set(await this.repository(node, queue).taken(group.map(({ key }) => key)));
      missing.push(...group.filter(({ key }) => !taken.has(key)));
    }
    return missing;
  }

  private repository(node: number, queue: string): TimerRepository {
    return new TimerRepository(this.pool(node), queue, this.schema);
  }

  private pool(node: number): NodePool {
    const pool = this.pools[node];
    if (pool === undefined) throw refuse('INVALID_ARGUMENT', `node ${node} does not exist`);
    return pool;
  }
}

const entryOf = ({ id, partition, dueMs }: TimerRow): IndexEntry => ({ id, partition, slot: slotOf(dueMs) });
