/** The contract suite finds what it is there to find: deliberately broken inboxes fail the very case that is named for them. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { InvariantViolation } from '@ordo/kernel';
import { type InboxHarness, type InboxTransaction, inboxContract } from './inbox.contract.js';
import type { Inbox, InboxConnection, OnceResult } from './inbox.js';

/** A store in memory with row locks held to the end of their transaction; its marks belong to transactions through `query`. */
class MemoryStore {
  private readonly marks = new Map<string, MemoryTransaction | 'committed'>();
  private readonly effects: string[] = [];

  async insertIgnore(key: string, by: MemoryTransaction): Promise<0 | 1> {
    for (;;) {
      const holder = this.marks.get(key);
      if (holder === 'committed' || holder === by) return 0;
      if (holder === undefined) break;
      await holder.ended;
    }
    this.marks.set(key, by);
    return 1;
  }

  end(by: MemoryTransaction, effects: readonly string[] | undefined): void {
    for (const [key, holder] of this.marks) {
      if (holder !== by) continue;
      if (effects === undefined) this.marks.delete(key);
      else this.marks.set(key, 'committed');
    }
    this.effects.push(...(effects ?? []));
  }

  has(key: string): boolean {
    return this.marks.get(key) === 'committed';
  }

  count(name: string): number {
    return this.effects.filter((effect) => effect === name).length;
  }
}

class MemoryTransaction implements InboxTransaction {
  readonly ended: Promise<void>;
  readonly connection: InboxConnection;
  private readonly effects: string[] = [];
  private markEnded!: () => void;

  constructor(private readonly store: MemoryStore) {
    this.connection = { query: (key) => store.insertIgnore(key, this) };
    this.ended = new Promise((resolve) => {
      this.markEnded = resolve;
    });
  }

  async writeEffect(name: string): Promise<void> {
    this.effects.push(name);
  }

  async commit(): Promise<void> {
    this.store.end(this, this.effects);
    this.markEnded();
  }

  async rollback(): Promise<void> {
    this.store.end(this, undefined);
    this.markEnded();
  }
}

/** Keeps every obligation, but for what a broken one overrides. */
class MemoryInbox implements Inbox {
  constructor(protected readonly store: MemoryStore) {}

  async once<T>(
    tx: InboxConnection,
    consumer: string,
    eventId: string,
    effect: () => Promise<T>,
  ): Promise<OnceResult<T>> {
    const isNew = await this.mark(tx, this.keyOf(consumer, eventId));
    return isNew ? { first: true, value: await effect() } : { first: false };
  }

  protected async mark(tx: InboxConnection, key: string): Promise<boolean> {
    return (await tx.query(key)) === 1;
  }

  protected keyOf(consumer: string, eventId: string): string {
    if (eventId.length > 64) throw new InvariantViolation('event id is too long');
    return `${consumer} ${eventId}`;
  }
}

class ForgetfulInbox extends MemoryInbox {
  protected override async mark(): Promise<boolean> {
    return true;
  }
}

class HastyInbox extends MemoryInbox {
  protected override async mark(tx: InboxConnection, key: string): Promise<boolean> {
    const done = this.store.has(key);
    void tx.query(key);
    await turn();
    return !done;
  }
}

class OwnTransactionInbox extends MemoryInbox {
  protected override async mark(_tx: InboxConnection, key: string): Promise<boolean> {
    const own = new MemoryTransaction(this.store);
    const isNew = (await own.connection.query(key)) === 1;
    await own.commit();
    return isNew;
  }
}

class SharedInbox extends MemoryInbox {
  protected override keyOf(consumer: string, eventId: string): string {
    return super.keyOf(consumer, eventId).replace(consumer, 'everyone');
  }
}

class CuttingInbox extends MemoryInbox {
  protected override keyOf(consumer: string, eventId: string): string {
    return super.keyOf(consumer, eventId.slice(0, 64));
  }
}

class SwallowingInbox extends MemoryInbox {
  override async once<T>(
    tx: InboxConnection,
    consumer: string,
    eventId: string,
    effect: () => Promise<T>,
  ): Promise<OnceResult<T>> {
    try {
      return await super.once(tx, consumer, eventId, effect);
    } catch (error) {
      if (error instanceof InvariantViolation) throw error;
      return { first: false };
    }
  }
}

function harnessOf(make: (store: MemoryStore) => Inbox): InboxHarness {
  const store = new MemoryStore();
  let names = 0;
  return {
    inbox: make(store),
    begin: async () => new MemoryTransaction(store),
    committedEffects: async (name) => store.count(name),
    uniqueName: () => `event-${(names += 1)}`,
  };
}

async function failuresOf(make: (store: MemoryStore) => Inbox): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of inboxContract) {
    await run(harnessOf(make)).catch(() => failed.push(name));
  }
  return failed;
}

describe('inboxContract', () => {
  it('passes an inbox that keeps every obligation', async () => {
    expect(await failuresOf((store) => new MemoryInbox(store))).toEqual([]);
  });

  it.each([
    ['that remembers nothing', ForgetfulInbox, 'a repeat after the commit has no effect and says so'],
    [
      'that looks without locking',
      HastyInbox,
      'two deliveries at the same moment have one effect: the second waits for the first',
    ],
    [
      'with a transaction of its own',
      OwnTransactionInbox,
      'a rolled-back delivery leaves no mark, so that the next one acts',
    ],
    ['that mixes consumers up', SharedInbox, 'two consumers of one event both act'],
    ['that cuts ids to length', CuttingInbox, 'an id that does not fit is refused instead of cut'],
    [
      'that swallows errors of effects',
      SwallowingInbox,
      'the error of an effect reaches the caller unchanged, and its rollback takes the mark along',
    ],
  ])('fails an inbox %s in the case of that name', async (_, Broken, named) => {
    expect(await failuresOf((store) => new Broken(store))).toContain(named);
  });
});
