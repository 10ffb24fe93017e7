import { type Clock, invariant, systemClock } from '@ordo/kernel';
import { NODE_SCHEMA, type NodePool } from '@ordo/sharding';
import { holderOf, isDeadHere, ownerToken } from '../identity/process-identity.js';
import { Holdings, type HoldingsChange } from '../lease/holdings.js';
import { type Held, SOLE_SLOT } from '../lease/lease-statements.js';
import { GroupRepository } from './group.repository.js';
import { type GroupRules, type GroupView, type Moves, nextMoves } from './next-moves.rules.js';
import { rosterOf } from './roster.js';

export interface GroupRecorder {
  /** Partitions that changed hands here, on `node`, of `group`. */
  gained(node: string, group: string, partitions: readonly Held[]): void;
  lost(node: string, group: string, partitions: readonly Held[]): void;
  mastered(node: string, group: string, epoch: number): void;
  failed(node: string, group: string, error: unknown): void;
}

export interface PartitionGroupOptions {
  /** The node whose tables the partitions are of: the leases lie beside them, and no other node's loss matters. */
  readonly pool: NodePool;
  /** At most 64 ASCII characters, the same for all members. */
  readonly group: string;
  readonly partitions: number;
  /** How the cluster calls this process; a token of its own for each start is added. */
  readonly memberId: string;
  readonly clock?: Clock;
  /** How long a lease lives without renewal; 10 s. */
  readonly ttlMs?: number;
  /** 3 s: two renewals may fail before trust ends. */
  readonly renewMs?: number;
  /** Ends trust this much before the lease can be anyone else's; 1.5 s, the time in which work under way has to end or be fenced. */
  readonly trustMarginMs?: number;
  /** How long a partition stays free before anyone may take it, assigned or not; 1.5 s. */
  readonly graceMs?: number;
  /** How often a member looks whether there is something to do: bounds the hand-over; 250 ms. */
  readonly watchMs?: number;
  /** Where `lease` and `member` lie; `ordo_node`. */
  readonly schema?: string;
  readonly recorder?: GroupRecorder;
  /** Told after `owned()` changed by an answer of the database; trust that ran out tells nobody. */
  readonly onChange?: (change: HoldingsChange) => void;
  /** Awaited before partitions are given back (they are not in `owned()` any more), for the work under way; at most `drainMs`. */
  readonly beforeRelease?: (partitions: readonly Held[]) => Promise<void>;
  /** 500 ms. */
  readonly drainMs?: number;
}

export interface GroupMember {
  readonly memberId: string;
  readonly logicalId: number | undefined;
  readonly isMaster: boolean;
  readonly isSelf: boolean;
  readonly partitions: number;
}

type Settings = Required<Omit<PartitionGroupOptions, 'recorder' | 'onChange' | 'beforeRelease'>> &
  Pick<PartitionGroupOptions, 'recorder' | 'onChange' | 'beforeRelease'>;

const defaults = {
  clock: systemClock,
  ttlMs: 10_000,
  renewMs: 3_000,
  trustMarginMs: 1_500,
  graceMs: 1_500,
  watchMs: 250,
  drainMs: 500,
  schema: NODE_SCHEMA,
} as const;

/** The width of the column. */
const MAX_TOKEN = 128;
/** Their numbers fit into the 1,024 characters to which MySQL limits GROUP_CONCAT. */
const MAX_PARTITIONS = 256;
/** Each round shows the outcome of the one before: create, claim, publish, release and take follow each other in one turn. */
const MAX_ROUNDS = 6;

/**
 * The partitions of one group that this process owns, shared fairly among all members. At any moment at most one member trusts that it
 * owns a partition; what a frozen or partitioned member does later is refused by `fence`. Never throws once started: a node that is
 * away lets trust run out, and the group goes on when it is back.
 */
export class PartitionGroup {
  /** This start of this process: what `lease.owner` says. */
  readonly token: string;
  private readonly settings: Settings;
  private readonly rules: GroupRules;
  private readonly repository: GroupRepository;
  private readonly holdings: Holdings;
  private readonly mastership: Holdings;
  private view: GroupView = { leases: [], live: [] };
  private lastBeatMs: number | undefined;
  private lastStamp = '';
  private isStopping = false;
  private wake: (() => void) | undefined;
  private running: Promise<void> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(options: PartitionGroupOptions) {
    this.settings = { ...defaults, ...options };
    const { pool, schema, group, partitions, memberId, ttlMs, renewMs, trustMarginMs } = this.settings;
    invariant(partitions <= MAX_PARTITIONS, 'a group has 256 partitions at most', { group, partitions });
    invariant(renewMs < ttlMs - trustMarginMs, 'a lease is renewed before trust in it ends', { renewMs, ttlMs });
    this.token = ownerToken(memberId);
    invariant(this.token.length <= MAX_TOKEN, 'a member is called by 119 characters at most', { memberId });
    this.repository = new GroupRepository(pool, schema, group, this.token, ttlMs);
    this.rules = { ...this.settings, isDead: isDeadHere };
    this.holdings = new Holdings(this.settings);
    this.mastership = new Holdings(this.settings);
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Owns nothing from now on, waits for `beforeRelease`, and gives everything back: the next owners have it within a second. */
  stop(): Promise<void> {
    this.stopped ??= this.leave();
    return this.stopped;
  }

  /** Ends without giving anything back, as a process that is killed does. For tests. */
  abandon(): void {
    this.isStopping = true;
    this.wake?.();
  }

  /** What may be worked on now. Empty at once when the process was frozen or its node does not answer for longer than a lease lives. */
  owned(): readonly Held[] {
    return this.holdings.trusted();
  }

  /** The epoch under which a partition is owned; undefined when it is not, or no longer surely. */
  epochOf(partition: number): number | undefined {
    return this.holdings.epochOf(partition);
  }

  get isMaster(): boolean {
    return this.mastership.epochOf(SOLE_SLOT) !== undefined;
  }

  /** Small and unique in the group, handed out by the master; undefined before that. */
  get logicalId(): number | undefined {
    return this.roster().find(({ token }) => token === this.token)?.logicalId;
  }

  /** The group as the database answered last. */
  members(): readonly GroupMember[] {
    const roster = this.roster();
    const master = this.view.leases.find(({ slot }) => slot === SOLE_SLOT);
    return this.view.live.map((token) => ({
      memberId: holderOf(token),
      logicalId: roster.find((entry) => entry.token === token)?.logicalId,
      isMaster: master?.owner === token && master.leftMs > 0,
      isSelf: token === this.token,
      partitions: this.view.leases.filter(({ slot, owner }) => slot >= 0 && owner === token).length,
    }));
  }

  /** For a caller whom a fence refused: owns nothing until the database has been asked again, which is done at once. */
  doubt(): void {
    this.tell(this.holdings.adopt([], 0));
    this.lastBeatMs = undefined;
    this.wake?.();
  }

  /**
   * A locking SELECT that answers one row iff this process still owns `partition` under `epoch`. In the caller's transaction, before
   * what it guards; whoever wants the partition then waits until that transaction ends.
   */
  fence(partition: number, epoch: number): string {
    return this.repository.leases.fence(partition, epoch);
  }

  /** The same as a statement that fails (`isFenced`) unless all of `held` is still ours: for a transaction that is one packet. */
  guard(held: readonly Held[]): string {
    return this.repository.leases.guard(held);
  }

  private async leave(): Promise<void> {
    this.abandon();
    const { lost } = this.holdings.adopt([], 0);
    this.mastership.adopt([], 0);
    this.tell({ gained: [], lost });
    await Promise.all([this.drain(lost), this.running]);
    await this.repository.leave().catch((error: unknown) => this.failed(error));
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      await this.turn().catch((error: unknown) => this.failed(error));
      if (!this.isStopping) await this.pause();
    }
  }

  /** A beat when it is due, else a glance; then whatever moves the view calls for, until none is left. */
  private async turn(): Promise<void> {
    const { clock, renewMs } = this.settings;
    const nowMs = clock.monotonicMs();
    const isDue = this.lastBeatMs === undefined || nowMs - this.lastBeatMs >= renewMs;
    if (isDue) {
      await this.see(() => this.repository.beat());
      this.lastBeatMs = nowMs;
    } else if (await this.hasNews()) await this.see(() => this.repository.look());
    else return;
    let made = '';
    for (let round = 0; round < MAX_ROUNDS && !this.isStopping; round += 1) {
      const moves = nextMoves(this.view, this.token, this.rules);
      // What changed nothing (a row under a fence, a race that was lost) has another try at the next glance, not now.
      if (isNothing(moves) || JSON.stringify(moves) === made) return;
      made = JSON.stringify(moves);
      await this.make(moves);
    }
  }

  private async hasNews(): Promise<boolean> {
    const { stamp, hasExpired } = await this.repository.glance();
    const isNew = stamp !== this.lastStamp;
    this.lastStamp = stamp;
    return isNew || hasExpired || this.view.live.some((token) => isDeadHere(token));
  }

  private async make(moves: Moves): Promise<void> {
    if (moves.release.length > 0) {
      const dropped = this.holdings.drop(moves.release);
      this.tell({ gained: [], lost: dropped });
      await this.drain(dropped);
    }
    await this.see(() => this.repository.act(moves));
  }

  private async see(ask: () => Promise<GroupView>): Promise<void> {
    const askedAtMs = this.settings.clock.monotonicMs();
    this.view = await ask();
    if (this.isStopping) return;
    const own = this.view.leases.filter(({ owner }) => owner === this.token);
    const mastership = own.filter(({ slot }) => slot === SOLE_SLOT);
    const { gained } = this.mastership.adopt(mastership, askedAtMs);
    const { pool, group, recorder } = this.settings;
    for (const { epoch } of gained) recorder?.mastered(pool.name, group, epoch);
    this.tell(
      this.holdings.adopt(
        own.filter(({ slot }) => slot >= 0),
        askedAtMs,
      ),
    );
  }

  private async drain(held: readonly Held[]): Promise<void> {
    const { beforeRelease, drainMs } = this.settings;
    if (beforeRelease === undefined || held.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    await Promise.race([beforeRelease(held).catch((error: unknown) => this.failed(error)), enough]);
    clearTimeout(timer);
  }

  private tell(change: HoldingsChange): void {
    const { pool, group, recorder, onChange } = this.settings;
    if (change.gained.length > 0) recorder?.gained(pool.name, group, change.gained);
    if (change.lost.length > 0) recorder?.lost(pool.name, group, change.lost);
    if (change.gained.length + change.lost.length > 0) onChange?.(change);
  }

  private failed(error: unknown): void {
    this.lastStamp = '';
    this.settings.recorder?.failed(this.settings.pool.name, this.settings.group, error);
  }

  private roster(): ReturnType<typeof rosterOf> {
    return rosterOf(this.view.leases.find(({ slot }) => slot === SOLE_SLOT)?.memo ?? null);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.settings.watchMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isNothing({ create, bury, claimMaster, publish, take, release }: Moves): boolean {
  return create.length + bury.length + take.length + release.length === 0 && !claimMaster && publish === undefined;
}
