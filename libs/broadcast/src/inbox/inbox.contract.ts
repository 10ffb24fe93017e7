/**
 * The contract suite of the Inbox port: plain cases, so that any test runner can run them and a spec can feed them a broken
 * store and demand that the named case fails. An adapter passes if every case resolves.
 */
import { InvariantViolation, invariant } from '@ordo/kernel';
import type { Inbox, InboxConnection } from './inbox.js';

/** A transaction of the store under test, and an effect that is visible only if it was committed. */
export interface InboxTransaction<Tx = InboxConnection> {
  readonly connection: Tx;
  /** Writes one row through this transaction. */
  writeEffect(name: string): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export interface InboxHarness<Tx = InboxConnection> {
  readonly inbox: Inbox<Tx>;
  /** A new transaction on a connection of its own. */
  begin(): Promise<InboxTransaction<Tx>>;
  /** Rows of {@link InboxTransaction.writeEffect} with this name that were committed. */
  committedEffects(name: string): Promise<number>;
  /** A name that no other case uses; at most 40 characters, fit for a consumer and for an event id. */
  uniqueName(): string;
}

export interface InboxCase {
  readonly name: string;
  run<Tx>(harness: InboxHarness<Tx>): Promise<void>;
}

export const inboxContract: readonly InboxCase[] = [
  {
    name: 'a repeat after the commit has no effect and says so',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName();
      const first = await deliver(harness, 'consumer-a', event);
      const second = await deliver(harness, 'consumer-a', event);
      expectThat(first && !second, 'first delivery is first, second is not', { first, second });
      await expectEffects(harness, event, 1);
    },
  },
  {
    name: 'a rolled-back delivery leaves no mark, so that the next one acts',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName();
      const tx = await harness.begin();
      await harness.inbox.once(tx.connection, 'consumer-a', event, () => tx.writeEffect(event));
      await tx.rollback();
      expectThat(await deliver(harness, 'consumer-a', event), 'the delivery after a rollback is first', {});
      await expectEffects(harness, event, 1);
    },
  },
  {
    name: 'the error of an effect reaches the caller unchanged, and its rollback takes the mark along',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName();
      const failure = new Error('effect failed');
      const tx = await harness.begin();
      const thrown = await harness.inbox
        .once(tx.connection, 'consumer-a', event, () => Promise.reject(failure))
        .catch((error: unknown) => error);
      await tx.rollback();
      expectThat(thrown === failure, 'the very error of the effect is thrown', { thrown: String(thrown) });
      expectThat(await deliver(harness, 'consumer-a', event), 'the delivery after a failure is first', {});
    },
  },
  {
    name: 'two deliveries at the same moment have one effect: the second waits for the first',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName();
      const [one, two] = [await harness.begin(), await harness.begin()];
      await harness.inbox.once(one.connection, 'consumer-a', event, () => one.writeEffect(event));
      const waiting = harness.inbox.once(two.connection, 'consumer-a', event, () => two.writeEffect(event));
      await one.commit();
      const { first } = await waiting;
      await two.commit();
      expectThat(!first, 'the delivery that waited is a repeat', { first });
      await expectEffects(harness, event, 1);
    },
  },
  {
    name: 'two consumers of one event both act',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName();
      const both = [await deliver(harness, 'consumer-a', event), await deliver(harness, 'consumer-b', event)];
      expectThat(both.every(Boolean), 'each consumer has its own mark', { both });
      await expectEffects(harness, event, 2);
    },
  },
  {
    name: 'an id that does not fit is refused instead of cut',
    async run<Tx>(harness: InboxHarness<Tx>) {
      const event = harness.uniqueName().padEnd(65, 'x');
      const tx = await harness.begin();
      const thrown = await harness.inbox
        .once(tx.connection, 'consumer-a', event, () => tx.writeEffect(event.slice(0, 60)))
        .catch((error: unknown) => error);
      await tx.rollback();
      expectThat(thrown instanceof InvariantViolation, 'an id of 65 characters is refused', { thrown: String(thrown) });
    },
  },
];

/** One whole delivery; whether it was the first. */
async function deliver<Tx>(harness: InboxHarness<Tx>, consumer: string, event: string): Promise<boolean> {
  const tx = await harness.begin();
  const { first } = await harness.inbox.once(tx.connection, consumer, event, () => tx.writeEffect(event));
  await tx.commit();
  return first;
}

async function expectEffects<Tx>(harness: InboxHarness<Tx>, event: string, expected: number): Promise<void> {
  const found = await harness.committedEffects(event);
  expectThat(found === expected, 'the effect is there as often as it was first', { found, expected });
}

function expectThat(condition: boolean, rule: string, facts: Readonly<Record<string, unknown>>): void {
  invariant(condition, `inbox contract broken: ${rule} ${JSON.stringify(facts)}`, facts);
}
