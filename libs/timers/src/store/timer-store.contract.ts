/**
 * The contract suite of the TimerStore port: plain cases, for any runner. A store passes if every case resolves. An adapter hands in how its
 * timers are set, cancelled and moved, because that is its own business.
 */
import { invariant } from '@ordo/kernel';
import { type IndexEntry, slotOf } from '../slot/slot.js';
import type { FiringVerdict, SlotRange, TimerStore } from './timer-store.js';

export interface TimerStoreHarness {
  readonly store: TimerStore;
  /** A partition of an otherwise empty queue. */
  readonly partition: number;
  /** By the store's own clock. */
  nowMs(): Promise<number>;
  /** Commits timers that are due then, and answers their entries in order. */
  set(dueMs: readonly number[]): Promise<readonly IndexEntry[]>;
  cancel(entry: IndexEntry): Promise<void>;
  reschedule(entry: IndexEntry, dueMs: number): Promise<void>;
  /** From now on the effect of this timer fails. */
  poison(entry: IndexEntry): Promise<void>;
  /** How often the effect of this timer was committed. */
  effects(entry: IndexEntry): Promise<number>;
}

export interface TimerStoreCase {
  readonly name: string;
  run(harness: TimerStoreHarness): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** Wide enough for every clock that is used here. */
const FAR_MS = 10_000;

export const timerStoreContract: readonly TimerStoreCase[] = [
  {
    name: 'a due timer fires once, however often it is asked for',
    async run(harness) {
      const [entry] = await setDue(harness, 1);
      const verdicts = [await fireOne(harness, entry), await fireOne(harness, entry), await fireOne(harness, entry)];
      expectKinds(verdicts, ['fired', 'refused', 'refused']);
      await expectEffects(harness, entry, 1);
    },
  },
  {
    name: 'two askers at the same moment have one effect between them',
    async run(harness) {
      const entries = await setDue(harness, 40);
      const [first, second] = await Promise.all([
        harness.store.fire(entries),
        harness.store.fire([...entries].reverse()),
      ]);
      for (const [at, entry] of entries.entries()) {
        const kinds = [first?.[at]?.kind, second?.[entries.length - 1 - at]?.kind].sort();
        invariant(kinds.join() === 'fired,refused', `one of two askers fires, not ${kinds.join()}`);
        await expectEffects(harness, entry, 1);
      }
    },
  },
  {
    name: 'a timer that is not due yet stays pending and says when it is',
    async run(harness) {
      const dueMs = (await harness.nowMs()) + FAR_MS;
      const [entry] = await harness.set([dueMs]);
      const verdict = await fireOne(harness, required(entry));
      invariant(verdict.kind === 'early' && verdict.dueMs === dueMs, 'it says when it is due', { verdict });
      await expectEffects(harness, required(entry), 0);
      await expectPending(harness, { toSlot: slotOf(dueMs) }, [required(entry)]);
    },
  },
  {
    name: 'lateness counts from the due time, not from its slot',
    async run(harness) {
      const nowMs = await harness.nowMs();
      const [entry] = await harness.set([nowMs - FAR_MS - 999]);
      const verdict = await fireOne(harness, required(entry));
      const late = verdict.kind === 'fired' ? verdict.lateMs : -1;
      invariant(late >= FAR_MS + 999 && late < FAR_MS + HOUR_MS, `${late} ms late`);
    },
  },
  {
    name: 'a cancelled timer is refused and has no effect',
    async run(harness) {
      const [entry] = await setDue(harness, 1);
      await harness.cancel(entry);
      expectKinds([await fireOne(harness, entry)], ['refused']);
      await expectEffects(harness, entry, 0);
      await expectPending(harness, { toSlot: 'now' }, []);
    },
  },
  {
    name: 'a rescheduled timer is early at its old time and fires at its new one, once',
    async run(harness) {
      const [entry] = await setDue(harness, 1);
      const nowMs = await harness.nowMs();
      await harness.reschedule(entry, nowMs + HOUR_MS);
      const verdict = await fireOne(harness, entry);
      invariant(verdict.kind === 'early' && verdict.dueMs === nowMs + HOUR_MS, 'it waits for its new time', {
        verdict,
      });
      await harness.reschedule(entry, nowMs - 1);
      expectKinds([await fireOne(harness, entry), await fireOne(harness, entry)], ['fired', 'refused']);
      await expectEffects(harness, entry, 1);
    },
  },
  {
    name: 'an unknown id is refused and its neighbours fire',
    async run(harness) {
      const [entry] = await setDue(harness, 1);
      const unknown = { ...entry, id: '4611686018427387904' };
      expectKinds(await harness.store.fire([unknown, entry, unknown]), ['refused', 'fired', 'refused']);
    },
  },
  {
    name: 'a poisonous timer is tried again later, and its neighbours fire now',
    async run(harness) {
      const entries = await setDue(harness, 60);
      const poison = required(entries[17]);
      await harness.poison(poison);
      const verdicts = await harness.store.fire(entries);
      const retried = verdicts[17];
      expectKinds(
        verdicts,
        entries.map((_, at) => (at === 17 ? 'retried' : 'fired')),
      );
      invariant(retried?.kind === 'retried' && retried.dueMs > (await harness.nowMs()) - FAR_MS, 'it is due later');
      await expectEffects(harness, poison, 0);
      await expectEffects(harness, required(entries[16]), 1);
      await expectPending(harness, { toSlot: slotOf(retried.dueMs) }, [poison], 'ids only');
    },
  },
  {
    name: 'pages name every pending timer of the range once, in the order of slots',
    async run(harness) {
      const second = slotOf(await harness.nowMs());
      const slots = [5, 1, 3, 3, 3, 3, 2, 9, 3, 8, 1, 7].map((offset) => second + offset);
      const entries = await harness.set(slots.map((slot) => slot * 1_000));
      await harness.cancel(required(entries[0]));
      const expected = entries.filter(({ slot }) => slot > second + 1 && slot <= second + 8 && slot !== second + 5);
      for (const limit of [1, 2, 3, 100]) {
        await expectPending(harness, { afterSlot: second + 1, toSlot: second + 8 }, expected, 'with slots', limit);
      }
    },
  },
  {
    name: 'what is overdue by the store’s clock is found by it, and nothing else',
    async run(harness) {
      const nowMs = await harness.nowMs();
      const [long, short, later] = await harness.set([nowMs - 30 * HOUR_MS, nowMs - 2_000, nowMs + FAR_MS]);
      await expectPending(harness, { toSlot: 'now' }, [required(long), required(short)]);
      const { pending, oldestDueAgeMs } = await harness.store.depth(harness.partition);
      const second = slotOf(nowMs);
      await expectOverdue(harness, second, true);
      await expectOverdue(harness, slotOf(nowMs - 30 * HOUR_MS) - 1, false);
      invariant(pending === 3 && later !== undefined, `${pending} are pending`);
      invariant(Math.abs(oldestDueAgeMs - 30 * HOUR_MS) < FAR_MS, `the oldest is due for ${oldestDueAgeMs} ms`);
    },
  },
];

async function setDue(harness: TimerStoreHarness, count: number): Promise<readonly [IndexEntry, ...IndexEntry[]]> {
  const dueMs = (await harness.nowMs()) - FAR_MS;
  const entries = await harness.set(Array.from({ length: count }, () => dueMs));
  return entries as readonly [IndexEntry, ...IndexEntry[]];
}

async function fireOne({ store }: TimerStoreHarness, entry: IndexEntry): Promise<FiringVerdict> {
  return required((await store.fire([entry]))[0]);
}

function expectKinds(verdicts: readonly FiringVerdict[], kinds: readonly string[]): void {
  const found = verdicts.map(({ kind }) => kind);
  invariant(found.join() === kinds.join(), `the verdicts are ${found.join()}, not ${kinds.join()}`);
}

async function expectEffects(harness: TimerStoreHarness, entry: IndexEntry, count: number): Promise<void> {
  const found = await harness.effects(entry);
  invariant(found === count, `${found} effects of timer ${entry.id} instead of ${count}`);
}

async function expectPending(
  { store, partition }: TimerStoreHarness,
  range: SlotRange,
  expected: readonly IndexEntry[],
  mode: 'with slots' | 'ids only' = 'with slots',
  limit = 100,
): Promise<void> {
  const found = [];
  let after: string | undefined;
  do {
    const page = await store.pending(partition, range, limit, after);
    invariant(page.entries.length <= limit, `a page of ${page.entries.length} instead of ${limit}`);
    found.push(...page.entries);
    after = page.next;
  } while (after !== undefined);
  const slots = found.map(({ slot }) => slot);
  invariant([...slots].sort((a, b) => a - b).join() === slots.join(), `the slots come as ${slots.join()}`);
  const textOf = (entries: readonly { id: string; slot: number }[]): string =>
    entries
      .map(({ id, slot }) => (mode === 'ids only' ? id : `${slot}:${id}`))
      .sort()
      .join();
  invariant(textOf(found) === textOf(expected), `pending are ${textOf(found)}, not ${textOf(expected)}`);
}

async function expectOverdue(
  { store, partition }: TimerStoreHarness,
  toSlot: number,
  isOverdue: boolean,
): Promise<void> {
  const others = [0, 1, 2, 3].filter((each) => each !== partition && store.groupOf(each) === store.groupOf(partition));
  const found = await store.overdue([...others, partition], toSlot);
  invariant(found.includes(partition) === isOverdue, `overdue up to ${toSlot} are [${found.join()}]`);
}

function required<T>(value: T | undefined): T {
  invariant(value !== undefined, 'a value is missing');
  return value;
}
