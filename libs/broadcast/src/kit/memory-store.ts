/**
 * A store in memory that behaves as a database does: what a transaction writes is seen when it commits, marks and positions are locked
 * until it ends. For the tests of consumers; it passes the contract suites of its ports. Statements are recorded, not understood.
 */
import { invariant } from '@ordo/kernel';
import type { Transactions } from '../effects/transactions.js';
import type { Inbox, OnceResult } from '../inbox/inbox.js';
import { assertInboxKey } from '../inbox/inbox-key.js';
import type { Positions } from '../positions/positions.js';

/** One statement or effect as the handler gave it. */
export interface RecordedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Answer = (statement: RecordedStatement) => unknown;

export class MemoryTransaction {
  private readonly written: RecordedStatement[] = [];
  private readonly onCommit: (() => void)[] = [];
  private readonly held: string[] = [];
  private readonly end: () => void;
  readonly ended: Promise<void>;

  constructor(private readonly store: MemoryStore) {
    let end = (): void => undefined;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    this.end = end;
  }

  /** For handlers that write SQL. Answers what the store was told to answer, else one affected row. */
  async query(text: string, values: readonly unknown[] = []): Promise<unknown> {
    const statement = { text, values };
    this.written.push(statement);
    return this.store.answer(statement);
  }

  /** The same for handlers on Redis. */
  add(command: string, ...args: readonly (string | number)[]): void {
    this.written.push({ text: command, values: args });
  }

  async lock(key: string): Promise<void> {
    await this.store.acquire(key, this);
    this.held.push(key);
  }

  atCommit(effect: () => void): void {
    this.onCommit.push(effect);
  }

  async commit(): Promise<void> {
    for (const effect of this.onCommit) effect();
    this.store.statements.push(...this.written);
    await this.rollback();
  }

  async rollback(): Promise<void> {
    this.store.release(this.held);
    this.end();
  }
}

export class MemoryStore implements Transactions<MemoryTransaction> {
  /** What was committed, in the order of the commits. */
  readonly statements: RecordedStatement[] = [];
  readonly inbox: Inbox<MemoryTransaction> = new MemoryInbox();
  readonly positions: Positions<MemoryTransaction> = new MemoryPositions();
  private readonly locks = new Map<string, MemoryTransaction>();

  /** `answer`: what a statement of the handler reads. Default: one affected row, and no rows. */
  constructor(readonly answer: Answer = () => [{ affectedRows: 1 }, []]) {}

  begin(): MemoryTransaction {
    return new MemoryTransaction(this);
  }

  async run<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    const tx = this.begin();
    try {
      const result = await work(tx);
      await tx.commit();
      return result;
    } catch (error) {
      await tx.rollback();
      throw error;
    }
  }

  async acquire(key: string, by: MemoryTransaction): Promise<void> {
    for (let holder = this.locks.get(key); holder !== undefined && holder !== by; holder = this.locks.get(key)) {
      await holder.ended;
    }
    this.locks.set(key, by);
  }

  release(keys: readonly string[]): void {
    for (const key of keys) this.locks.delete(key);
  }
}

class MemoryInbox implements Inbox<MemoryTransaction> {
  private readonly marks = new Set<string>();

  async once<T>(
    tx: MemoryTransaction,
    consumer: string,
    eventId: string,
    effect: () => Promise<T>,
  ): Promise<OnceResult<T>> {
    assertInboxKey('consumer', consumer);
    assertInboxKey('eventId', eventId);
    const mark = `inbox ${consumer} ${eventId}`;
    await tx.lock(mark);
    if (this.marks.has(mark)) return { first: false };
    tx.atCommit(() => this.marks.add(mark));
    return { first: true, value: await effect() };
  }
}

class MemoryPositions implements Positions<MemoryTransaction> {
  private readonly versions = new Map<string, number>();

  async last(tx: MemoryTransaction, consumer: string, orderId: string): Promise<number> {
    const key = `position ${consumer} ${orderId}`;
    await tx.lock(key);
    return this.versions.get(key) ?? 0;
  }

  async advance(tx: MemoryTransaction, consumer: string, orderId: string, version: number): Promise<void> {
    invariant(Number.isSafeInteger(version) && version > 0, 'a version is a positive integer', { orderId, version });
    tx.atCommit(() => this.versions.set(`position ${consumer} ${orderId}`, version));
  }
}
