/**
 * What a member is to do about what it sees. Pure: everything that it knows is in the view, which is one answer of the database.
 *
 * - The master admits and dismisses members (the roster); it assigns by that, and is in nobody's way while it is gone.
 * - A free partition is taken at once by the one that it is assigned to, among those on the roster that live.
 * - A partition that stays free for longer than the grace may be taken by anyone, the best by rendezvous first.
 * - What a process held that is dead for certain is given back by whoever knows it.
 * - An owner gives back what is assigned to another one that lives. It keeps what only the dead would want.
 */
import { assign, rankOf } from '../assignment/rendezvous.js';
import { type LeaseRow, NOBODY, SOLE_SLOT } from '../lease/lease-statements.js';
import { nextRoster, type Roster, rosterOf } from './roster.js';

export interface GroupView {
  readonly leases: readonly LeaseRow[];
  /** Tokens of the members whose heartbeat has not expired. */
  readonly live: readonly string[];
}

export interface GroupRules {
  readonly group: string;
  readonly partitions: number;
  readonly graceMs: number;
  /** Whether the process behind a token is certainly dead; false when that cannot be known here. */
  readonly isDead: (token: string) => boolean;
}

export interface Moves {
  /** Rows that the group has not got yet. */
  readonly create: readonly number[];
  /** The tokens of the dead: what they held is given back for them. */
  readonly bury: readonly string[];
  readonly claimMaster: boolean;
  readonly publish: { readonly epoch: number; readonly roster: Roster } | undefined;
  readonly take: readonly number[];
  readonly release: readonly number[];
}

/** Between one taker and the next best, after the grace: longer than a glance, so that the best one is there first. */
const RANK_STEP_MS = 500;

export function nextMoves(view: GroupView, self: string, rules: GroupRules): Moves {
  const bySlot = new Map(view.leases.map((lease) => [lease.slot, lease]));
  const master = bySlot.get(SOLE_SLOT);
  const roster = rosterOf(master?.memo ?? null);
  const owners = ownersToBe(view, roster, rules);
  const partitions = view.leases.filter(({ slot }) => slot >= 0 && slot < rules.partitions);
  return {
    create: slotsOf(rules.partitions).filter((slot) => !bySlot.has(slot)),
    bury: deadIn(view, self, rules),
    claimMaster: master !== undefined && master.owner !== self && master.leftMs <= 0,
    publish: master?.owner === self ? publication(view, roster, master.epoch) : undefined,
    take: partitions.filter((lease) => mayTake(lease, view, self, owners, rules)).map(({ slot }) => slot),
    release: partitions
      .filter(({ slot, owner }) => owner === self && owners[slot] !== undefined && owners[slot] !== self)
      .map(({ slot }) => slot),
  };
}

/** The assignment that the roster and the living amount to; empty when nobody on the roster lives. */
export function ownersToBe(view: GroupView, roster: Roster, rules: GroupRules): readonly string[] {
  const tokens = roster.map(({ token }) => token).filter((token) => view.live.includes(token));
  return assign(rules.group, tokens, rules.partitions);
}

function mayTake(
  lease: LeaseRow,
  view: GroupView,
  self: string,
  owners: readonly string[],
  rules: GroupRules,
): boolean {
  if (lease.owner === self || lease.leftMs > 0) return false;
  if (owners[lease.slot] === self) return true;
  const rank = rankOf(rules.group, view.live, self, lease.slot);
  return -lease.leftMs >= rules.graceMs + rank * RANK_STEP_MS;
}

function deadIn({ leases, live }: GroupView, self: string, { isDead }: GroupRules): readonly string[] {
  const tokens = new Set([...live, ...leases.map(({ owner }) => owner)]);
  return [...tokens].filter((token) => token !== self && token !== NOBODY && isDead(token));
}

function publication(view: GroupView, roster: Roster, epoch: number): Moves['publish'] {
  const listed = new Set(roster.map(({ token }) => token));
  const isCurrent = listed.size === view.live.length && view.live.every((token) => listed.has(token));
  return isCurrent ? undefined : { epoch, roster: nextRoster(roster, view.live) };
}

function slotsOf(partitions: number): readonly number[] {
  return Array.from({ length: partitions + 1 }, (_, index) => index + SOLE_SLOT);
}
