/**
 * The contract suite of the WheelIndex port: plain cases, for any runner. An index passes if every case resolves. Slots lie around the
 * index's own clock; what has to be in the past gets there by setting the partition's state back, so that no case waits.
 */
import { isDeepStrictEqual } from 'node:util';
import { invariant, OrdoError } from '@ordo/kernel';
import type { SlotEntry } from '../slot/slot.js';
import type { ClaimOutcome, Owner, WheelIndex, WheelState } from './wheel-index.js';

export interface WheelHarness {
  readonly wheel: WheelIndex;
  /** Sets cursor and fed mark of a partition back by so many seconds. */
  rewind(partition: number, seconds: number): Promise<void>;
  /** Everything that the index holds of a partition, in any stable form. */
  dump(partition: number): Promise<unknown>;
  /** A partition that no other case uses. */
  freshPartition(): number;
}

export interface WheelCase {
  readonly name: string;
  run(harness: WheelHarness): Promise<void>;
}

const PAST_SECONDS = 100;
const LEASE_MS = 60_000;

/** A partition whose last hundred seconds are not drained yet, owned under epoch 5. */
async function opened(harness: WheelHarness, fed = PAST_SECONDS): Promise<{ owner: Owner; state: WheelState }> {
  const owner = { partition: harness.freshPartition(), epoch: 5 };
  await harness.wheel.open(owner, 1_000);
  await harness.rewind(owner.partition, PAST_SECONDS);
  await harness.wheel.finish(owner, 'g');
  const state = await harness.wheel.adopt(owner);
  invariant(state !== undefined, 'an opened partition can be adopted');
  await harness.wheel.markFed(owner, state.cursor + fed);
  return { owner, state };
}

let batches = 0;
const nextBatch = (owner: Owner): string => `${owner.epoch}.${(batches += 1)}`;

function claim(harness: WheelHarness, owner: Owner, fromSlot: number, limit = 500): Promise<ClaimOutcome> {
  const request = { batch: nextBatch(owner), fromSlot, untilSlot: fromSlot + 2_000, limit, leaseMs: LEASE_MS };
  return harness.wheel.claim(owner, request);
}

/** All ids that can be claimed from the cursor on, claim by claim. */
async function claimAll(harness: WheelHarness, owner: Owner, cursor: number): Promise<string[][]> {
  const found: string[][] = [];
  for (let at = cursor, idle = 0; idle < 4; ) {
    const outcome = await claim(harness, owner, at + 1);
    idle = outcome.ids.length === 0 && outcome.cursor === at ? idle + 1 : 0;
    at = outcome.cursor;
    if (outcome.ids.length > 0) found.push([...outcome.ids].sort());
  }
  return found;
}

const entry = (id: string | number, slot: number): SlotEntry => ({ id: String(id), slot });

function same(actual: unknown, expected: unknown, what: string): void {
  invariant(
    isDeepStrictEqual(actual, expected),
    `${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`,
  );
}

async function refusedWith(code: string, work: Promise<unknown>, what: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  invariant(error instanceof OrdoError && error.code === code, `${what} is refused with ${code}, not ${String(error)}`);
}

/** Every owner's call, by name. */
const ownerCalls = (wheel: WheelIndex, owner: Owner, slot: number): [string, () => Promise<unknown>][] => [
  ['finish', () => wheel.finish(owner, 'x')],
  ['raise', () => wheel.raise(owner, slot + 90_000)],
  ['load', () => wheel.load(owner, [entry(77, slot)])],
  ['markFed', () => wheel.markFed(owner, slot + 500)],
  ['claim', () => wheel.claim(owner, { batch: 'x.1', fromSlot: slot, untilSlot: slot + 9, limit: 9, leaseMs: 9 })],
  ['ack', () => wheel.ack(owner, '5.a')],
  ['nack', () => wheel.nack(owner, '5.a', [entry(1, slot + 50)])],
  ['extend', () => wheel.extend(owner, '5.a', 1)],
  ['abandoned', () => wheel.abandoned(owner)],
  ['reap', () => wheel.reap(owner, '5.a', { batch: 'x.2', leaseMs: 9 })],
];

export const wheelContract: readonly WheelCase[] = [
  {
    name: 'what is due is claimed slot by slot, and what is not due yet is not',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor } = state;
      await harness.wheel.add(owner.partition, [entry(1, cursor + 3), entry(2, cursor + 3), entry(3, cursor + 90)]);
      await harness.wheel.add(owner.partition, [entry(4, cursor + PAST_SECONDS + 60)]);
      await harness.wheel.markFed(owner, cursor + 900);
      same(await claimAll(harness, owner, cursor), [['1', '2'], ['3']], 'the claims');
    },
  },
  {
    name: 'the cursor passes no slot that is not empty, and none that is not fed',
    async run(harness) {
      const { owner, state } = await opened(harness, 50);
      const { cursor } = state;
      await harness.wheel.add(owner.partition, [entry(1, cursor + 10), entry(2, cursor + 10), entry(3, cursor + 60)]);
      const first = await claim(harness, owner, cursor + 1, 1);
      same([first.ids.length, first.cursor], [1, cursor + 9], 'half a slot');
      const second = await claim(harness, owner, cursor + 10, 1);
      same([second.ids.length, second.cursor], [1, cursor + 10], 'the other half');
      same(await claimAll(harness, owner, second.cursor), [], 'what lies behind the fed mark');
      same((await harness.wheel.adopt(owner))?.cursor, cursor + 50, 'the cursor');
    },
  },
  {
    name: 'a large slot is taken in pieces, each id once',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const ids = Array.from({ length: 1_300 }, (_, at) => String(9_000_000_000_000_000 + at));
      await harness.wheel.add(
        owner.partition,
        ids.map((id) => entry(id, state.cursor + 1)),
      );
      const claimed = await claimAll(harness, owner, state.cursor);
      same(
        claimed.map((batch) => batch.length),
        [500, 500, 300],
        'the pieces',
      );
      same(claimed.flat().sort(), ids, 'the ids');
    },
  },
  {
    name: 'an entry for a slot that was passed is handed back, one beyond the horizon is left out',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor, horizon } = state;
      const outcome = await harness.wheel.add(owner.partition, [
        entry(1, cursor),
        entry(2, horizon + 1),
        entry(3, horizon),
      ]);
      same(outcome, { passed: [entry(1, cursor)], cursor }, 'the outcome');
      await harness.wheel.raise(owner, horizon + 10);
      same(
        await harness.wheel.add(owner.partition, [entry(2, horizon + 1)]),
        { passed: [], cursor },
        'after the raise',
      );
    },
  },
  {
    name: 'an older epoch changes nothing, whatever it asks for',
    async run(harness) {
      const { owner, state } = await opened(harness);
      await harness.wheel.add(owner.partition, [entry(1, state.cursor + 1), entry(2, state.cursor + 2)]);
      const request = {
        batch: '5.a',
        fromSlot: state.cursor + 1,
        untilSlot: state.cursor + 1,
        limit: 9,
        leaseMs: LEASE_MS,
      };
      await harness.wheel.claim(owner, request);
      await harness.wheel.adopt({ ...owner, epoch: 6 });
      const before = await harness.dump(owner.partition);
      for (const [name, call] of ownerCalls(harness.wheel, owner, state.cursor + 2)) {
        await refusedWith('TIMER_PARTITION_FENCED', call(), name);
      }
      await refusedWith('TIMER_PARTITION_FENCED', harness.wheel.adopt(owner), 'adopt');
      await refusedWith('TIMER_PARTITION_FENCED', harness.wheel.open(owner, 1), 'open');
      same(await harness.dump(owner.partition), before, 'the partition');
    },
  },
  {
    name: 'an index without state is not there: owners are told, schedulers leave nothing behind',
    async run(harness) {
      const owner = { partition: harness.freshPartition(), epoch: 5 };
      const before = await harness.dump(owner.partition);
      for (const [name, call] of ownerCalls(harness.wheel, owner, 1_000))
        await refusedWith('TIMER_INDEX_LOST', call(), name);
      same(await harness.wheel.adopt(owner), undefined, 'adopt');
      same((await harness.wheel.add(owner.partition, [entry(1, 4_000_000_000)])).passed, [], 'add');
      same((await harness.wheel.move(owner.partition, entry(1, 5), 6)).passed, [], 'move');
      same(await harness.dump(owner.partition), before, 'the partition');
    },
  },
  {
    name: 'a batch that was put back is due again, and only what was put back',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor, horizon } = state;
      await harness.wheel.add(
        owner.partition,
        [1, 2, 3, 4].map((id) => entry(id, cursor + 1)),
      );
      const batch = nextBatch(owner);
      const request = { batch, fromSlot: cursor + 1, untilSlot: cursor + 1, limit: 9, leaseMs: LEASE_MS };
      const { cursor: at } = await harness.wheel.claim(owner, request);
      const back = [entry(1, at + 5), entry(2, at), entry(3, horizon + 5), entry(99, at + 5)];
      same(
        await harness.wheel.nack(owner, batch, back),
        { passed: [entry(2, at)], cursor: at },
        'what the cursor had passed',
      );
      await harness.wheel.nack(owner, batch, [entry(2, at + 6)]);
      await harness.wheel.ack(owner, batch);
      same(await claimAll(harness, owner, at), [['1'], ['2']], 'what is due again');
    },
  },
  {
    name: 'a successor has the batches of its predecessor at once, its own only when their lease is over',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor } = state;
      await harness.wheel.add(owner.partition, [entry(1, cursor + 1), entry(2, cursor + 2), entry(3, cursor + 3)]);
      await claim(harness, owner, cursor + 1);
      same(await harness.wheel.abandoned(owner), [], 'own batches');
      const heir = { ...owner, epoch: 6 };
      await harness.wheel.adopt(heir);
      const [left, ...more] = await harness.wheel.abandoned(heir);
      invariant(left !== undefined && more.length === 0, 'one batch is left by the predecessor');
      const reaped = await harness.wheel.reap(heir, left, { batch: '6.x', leaseMs: LEASE_MS });
      same(reaped, ['1'], 'what it held');
      same(await harness.wheel.reap(heir, left, { batch: '6.y', leaseMs: LEASE_MS }), [], 'a second time');
      same(await harness.wheel.abandoned(heir), [], 'what is taken over');
      await harness.wheel.extend(heir, '6.x', 0);
      same(await harness.wheel.abandoned(heir), ['6.x'], 'a lease that is over');
      await harness.wheel.ack(heir, '6.x');
      same(await harness.wheel.abandoned(heir), [], 'a batch that was acknowledged');
    },
  },
  {
    name: 'a batch keeps its name for itself, and a claim that knows another cursor takes nothing',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor } = state;
      await harness.wheel.add(owner.partition, [entry(1, cursor + 1), entry(2, cursor + 2)]);
      const request = { batch: '5.same', fromSlot: cursor + 1, untilSlot: cursor + 1, limit: 9, leaseMs: LEASE_MS };
      same((await harness.wheel.claim(owner, request)).ids, ['1'], 'the first claim');
      const again = { ...request, fromSlot: cursor + 2, untilSlot: cursor + 9 };
      same((await harness.wheel.claim(owner, again)).ids, [], 'a claim under the same name');
      same((await claim(harness, owner, cursor + 1)).ids, [], 'a claim from a cursor that is gone');
      same((await claim(harness, owner, cursor + 2)).ids, ['2'], 'the next claim');
    },
  },
  {
    name: 'marks only rise, and the fed mark stays below the horizon',
    async run(harness) {
      const { owner, state } = await opened(harness);
      await harness.wheel.markFed(owner, state.cursor + 5);
      await harness.wheel.raise(owner, state.horizon - 5);
      const { fed, horizon } = (await harness.wheel.open(owner, 5)) ?? state;
      same([fed, horizon], [state.cursor + PAST_SECONDS, state.horizon], 'after lower marks');
      await harness.wheel.markFed(owner, state.horizon + 5);
      same((await harness.wheel.adopt(owner))?.fed, state.horizon, 'after a mark beyond the horizon');
    },
  },
  {
    name: 'a removed entry is gone, a moved one is due at its new slot alone',
    async run(harness) {
      const { owner, state } = await opened(harness);
      const { cursor, horizon } = state;
      await harness.wheel.add(
        owner.partition,
        [1, 2, 3, 4].map((id) => entry(id, cursor + 1)),
      );
      await harness.wheel.remove(owner.partition, entry(1, cursor + 1));
      await harness.wheel.move(owner.partition, entry(2, cursor + 1), cursor + 8);
      await harness.wheel.move(owner.partition, entry(3, cursor + 1), horizon + 1);
      const moved = await harness.wheel.move(owner.partition, entry(4, cursor + 1), cursor);
      same(moved, { passed: [entry(4, cursor)], cursor }, 'a move into the past');
      same(await claimAll(harness, owner, cursor), [['2']], 'what is due');
    },
  },
];
