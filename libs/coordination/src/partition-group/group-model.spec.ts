/**
 * The rules and the trust, driven by a simulated database and any schedule that fast-check finds: requests that start, arrive and are
 * answered as late as it likes, members that stop in between, clocks of hosts that disagree by seconds.
 */
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import fc from 'fast-check';
import { Holdings } from '../lease/holdings.js';
import { type LeaseRow, SOLE_SLOT } from '../lease/lease-statements.js';
import { type GroupView, type Moves, nextMoves } from './next-moves.rules.js';
import { rosterText } from './roster.js';

const PARTITIONS = 6;
const TTL_MS = 10_000;
const RENEW_MS = 3_000;
const LOOK_MS = 500;
const rules = { group: 'g', partitions: PARTITIONS, graceMs: 1_500, isDead: () => false };

/** The two tables, by a clock of their own. Each method is one statement: it happens at once or not at all. */
class SimulatedDatabase {
  nowMs = 0;
  readonly leases = new Map<number, { owner: string; epoch: number; expiresMs: number; memo: string | null }>();
  private readonly members = new Map<string, number>();

  view(): GroupView {
    const rows = [...this.leases].map(([slot, { expiresMs, ...lease }]): LeaseRow => {
      return { slot, ...lease, leftMs: expiresMs - this.nowMs };
    });
    return {
      leases: rows,
      live: [...this.members].flatMap(([token, untilMs]) => (untilMs > this.nowMs ? [token] : [])),
    };
  }

  beat(token: string): void {
    this.members.set(token, this.nowMs + TTL_MS);
    for (const lease of this.leases.values()) if (lease.owner === token) lease.expiresMs = this.nowMs + TTL_MS;
  }

  apply(token: string, { create, claimMaster, publish, take, release }: Moves): void {
    for (const slot of create) {
      if (!this.leases.has(slot)) this.leases.set(slot, { owner: '', epoch: 0, expiresMs: this.nowMs, memo: null });
    }
    for (const slot of claimMaster ? [SOLE_SLOT, ...take] : take) this.take(slot, token);
    const master = this.leases.get(SOLE_SLOT);
    if (publish !== undefined && master?.owner === token && master.epoch === publish.epoch) {
      master.memo = rosterText(publish.roster);
    }
    for (const slot of release) {
      const lease = this.leases.get(slot);
      if (lease?.owner === token) Object.assign(lease, { owner: '', expiresMs: this.nowMs });
    }
  }

  private take(slot: number, token: string): void {
    const lease = this.leases.get(slot);
    if (lease === undefined || lease.expiresMs > this.nowMs) return;
    Object.assign(lease, { owner: token, epoch: lease.epoch + 1, expiresMs: this.nowMs + TTL_MS });
  }
}

/** One turn of a member, in the three steps between which the world may change: it asks, the database does, it hears. */
class SimulatedMember {
  readonly holdings: Holdings;
  private step: 'ask' | 'do' | 'hear' = 'ask';
  private askedAtMs = 0;
  private beatAtMs = Number.NEGATIVE_INFINITY;
  private seen: GroupView | undefined;
  private moves: Moves | undefined;
  private answer: GroupView = { leases: [], live: [] };

  constructor(
    readonly token: string,
    readonly clock: ManualClock,
    private readonly database: SimulatedDatabase,
  ) {
    this.holdings = new Holdings({ clock, ttlMs: TTL_MS, trustMarginMs: 1_500 });
  }

  advance(): void {
    if (this.step === 'ask') this.ask();
    else if (this.step === 'do') this.execute();
    else this.hear();
  }

  private ask(): void {
    this.askedAtMs = this.clock.monotonicMs();
    this.moves = this.seen === undefined ? undefined : nextMoves(this.seen, this.token, rules);
    if (this.moves !== undefined) this.holdings.drop(this.moves.release);
    this.step = 'do';
  }

  private execute(): void {
    if (this.moves === undefined || this.askedAtMs - this.beatAtMs >= RENEW_MS) {
      this.database.beat(this.token);
      this.beatAtMs = this.askedAtMs;
    } else this.database.apply(this.token, this.moves);
    this.answer = this.database.view();
    this.step = 'hear';
  }

  private hear(): void {
    const own = this.answer.leases.filter(({ owner, slot }) => owner === this.token && slot >= 0);
    this.holdings.adopt(own, this.askedAtMs);
    this.seen = this.answer;
    this.step = 'ask';
  }
}

class World {
  readonly database = new SimulatedDatabase();
  readonly members: readonly SimulatedMember[];

  constructor(size: number) {
    this.members = Array.from({ length: size }, (_, at) => {
      const disagreementMs = (at - 2) * 2_500;
      return new SimulatedMember(`m${at}`, new ManualClock(1_750_000_000_000 + disagreementMs), this.database);
    });
  }

  pass(ms: number): void {
    this.database.nowMs += ms;
    for (const { clock } of this.members) clock.advance(ms);
  }

  /** Whoever trusts that it owns a partition is alone, and the database agrees: its fence would pass. */
  expectOneOwnerEach(): void {
    const seen = new Set<number>();
    for (const { holdings, token } of this.members) {
      for (const { partition, epoch } of holdings.trusted()) {
        if (seen.has(partition)) throw new Error(`${token} is the second to trust that it owns ${partition}`);
        seen.add(partition);
        const lease = this.database.leases.get(partition);
        const isFenced = lease?.owner !== token || lease.epoch !== epoch;
        if (isFenced) throw new Error(`${token} trusts in ${partition} under ${epoch}, which is fenced`);
      }
    }
  }
}

const happenings = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ member: fc.nat(4), steps: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ passMs: fc.integer({ min: 1, max: 12_000 }) }) },
  ),
  { minLength: 20, maxLength: 150 },
);

describe('five members under any schedule', () => {
  it('are never two to trust that they own the same partition, and the fence of each trusted owner passes', () => {
    fc.assert(
      fc.property(happenings, (story) => {
        const world = new World(5);
        for (const event of story) {
          if ('passMs' in event) world.pass(event.passMs);
          else for (let step = 0; step < event.steps; step += 1) world.members[event.member]?.advance();
          world.expectOneOwnerEach();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('own everything again within two leases, whatever happened before and whoever is dead', () => {
    fc.assert(
      fc.property(happenings, fc.integer({ min: 1, max: 5 }), (story, survivors) => {
        const world = new World(5);
        for (const event of story) {
          if ('passMs' in event) world.pass(event.passMs);
          else for (let step = 0; step < event.steps; step += 1) world.members[event.member]?.advance();
        }
        const living = world.members.slice(0, survivors);
        for (let passedMs = 0; passedMs < 2 * TTL_MS; passedMs += LOOK_MS) {
          world.pass(LOOK_MS);
          for (const member of living) for (let step = 0; step < 6; step += 1) member.advance();
          world.expectOneOwnerEach();
        }
        const shares = living.map(({ holdings }) => holdings.trusted().length);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(PARTITIONS);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });
});
