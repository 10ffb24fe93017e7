/** The contract suite of the Positions port: plain cases, as `inboxContract`. An adapter passes if every case resolves. */
import { invariant } from '@ordo/kernel';
import type { Positions } from './positions.js';

export interface PositionsTransaction<Tx> {
  readonly connection: Tx;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export interface PositionsHarness<Tx> {
  readonly positions: Positions<Tx>;
  /** A new transaction on a connection of its own. */
  begin(): Promise<PositionsTransaction<Tx>>;
  /** A decimal id that no other case uses. */
  uniqueOrder(): string;
}

export interface PositionsCase {
  readonly name: string;
  run<Tx>(harness: PositionsHarness<Tx>): Promise<void>;
}

export const positionsContract: readonly PositionsCase[] = [
  {
    name: 'an order that was never seen stands at 0, and where it was advanced to after the commit',
    async run<Tx>(harness: PositionsHarness<Tx>) {
      const order = harness.uniqueOrder();
      expectThat((await advanceTo(harness, 'a', order, 1)) === 0, 'the first look is 0', {});
      expectThat((await advanceTo(harness, 'a', order, 2)) === 1, 'the second look is 1', {});
    },
  },
  {
    name: 'a rolled-back advance is none',
    async run<Tx>(harness: PositionsHarness<Tx>) {
      const order = harness.uniqueOrder();
      await advanceTo(harness, 'a', order, 1);
      const tx = await harness.begin();
      await harness.positions.last(tx.connection, 'a', order);
      await harness.positions.advance(tx.connection, 'a', order, 2);
      await tx.rollback();
      expectThat((await advanceTo(harness, 'a', order, 2)) === 1, 'the position is as before', {});
    },
  },
  {
    name: 'two deliveries of an order that was never seen: the second waits, and sees what the first wrote',
    run: (harness) => expectSecondWaits(harness, harness.uniqueOrder(), 0),
  },
  {
    name: 'two deliveries of a known order: the second waits, and sees what the first wrote',
    async run<Tx>(harness: PositionsHarness<Tx>) {
      const order = harness.uniqueOrder();
      await advanceTo(harness, 'a', order, 4);
      await expectSecondWaits(harness, order, 4);
    },
  },
  {
    name: 'consumers and orders stand for themselves',
    async run<Tx>(harness: PositionsHarness<Tx>) {
      const [order, other] = [harness.uniqueOrder(), harness.uniqueOrder()];
      await advanceTo(harness, 'a', order, 3);
      expectThat((await advanceTo(harness, 'b', order, 1)) === 0, 'another consumer is at 0', {});
      expectThat((await advanceTo(harness, 'a', other, 1)) === 0, 'another order is at 0', {});
    },
  },
];

async function expectSecondWaits<Tx>(harness: PositionsHarness<Tx>, order: string, known: number): Promise<void> {
  const [one, two] = [await harness.begin(), await harness.begin()];
  const first = await harness.positions.last(one.connection, 'a', order);
  const waiting = harness.positions.last(two.connection, 'a', order);
  await harness.positions.advance(one.connection, 'a', order, known + 1);
  await one.commit();
  const second = await waiting;
  await two.commit();
  expectThat(first === known && second === known + 1, 'the second saw the first', { first, second });
}

/** One whole delivery; the position that it found. */
async function advanceTo<Tx>(
  harness: PositionsHarness<Tx>,
  consumer: string,
  order: string,
  version: number,
): Promise<number> {
  const tx = await harness.begin();
  const found = await harness.positions.last(tx.connection, consumer, order);
  await harness.positions.advance(tx.connection, consumer, order, version);
  await tx.commit();
  return found;
}

function expectThat(condition: boolean, rule: string, facts: Readonly<Record<string, unknown>>): void {
  invariant(condition, `positions contract broken: ${rule} ${JSON.stringify(facts)}`, facts);
}
