/** The store in memory is as good as a database, as far as consumers can tell: it passes the suites of the ports it stands in for. */
import { describe, expect, it } from '@jest/globals';
import { type InboxHarness, inboxContract } from '../inbox/inbox.contract.js';
import { type PositionsHarness, positionsContract } from '../positions/positions.contract.js';
import { MemoryStore, type MemoryTransaction } from './memory-store.js';

function harness(): InboxHarness<MemoryTransaction> & PositionsHarness<MemoryTransaction> {
  const store = new MemoryStore();
  let names = 0;
  return {
    inbox: store.inbox,
    positions: store.positions,
    uniqueName: () => `event-${(names += 1)}`,
    uniqueOrder: () => String((names += 1)),
    committedEffects: async (name) => store.statements.filter(({ text }) => text === name).length,
    begin: async () => {
      const tx = store.begin();
      return {
        connection: tx,
        writeEffect: async (name: string) => void (await tx.query(name)),
        commit: () => tx.commit(),
        rollback: () => tx.rollback(),
      };
    },
  };
}

describe('MemoryStore as an inbox', () => {
  it.each(inboxContract.map(({ name, run }) => [name, run] as const))('keeps that %s', async (_, run) => {
    await expect(run(harness())).resolves.toBeUndefined();
  });
});

describe('MemoryStore as positions', () => {
  it.each(positionsContract.map(({ name, run }) => [name, run] as const))('keeps that %s', async (_, run) => {
    await expect(run(harness())).resolves.toBeUndefined();
  });
});
