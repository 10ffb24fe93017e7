/** The contract suite finds what it is there to find: deliberately broken positions fail the very case that is named for them. */
import { describe, expect, it } from '@jest/globals';
import { MemoryStore, type MemoryTransaction } from '../kit/memory-store.js';
import { positionsContract } from './positions.contract.js';
import type { Positions } from './positions.js';

type Break = (sound: Positions<MemoryTransaction>) => Partial<Positions<MemoryTransaction>>;

const forgetful: Break = () => ({ advance: async () => undefined });
const unlocked: Break = () => {
  const versions = new Map<string, number>();
  return {
    last: async (_tx, consumer, order) => versions.get(`${consumer} ${order}`) ?? 0,
    advance: async (tx, consumer, order, version) => tx.atCommit(() => versions.set(`${consumer} ${order}`, version)),
  };
};
const hasty: Break = () => {
  const versions = new Map<string, number>();
  return {
    last: async (tx, consumer, order) => {
      await tx.lock(order);
      return versions.get(`${consumer} ${order}`) ?? 0;
    },
    advance: async (_tx, consumer, order, version) => void versions.set(`${consumer} ${order}`, version),
  };
};
const shared: Break = (sound) => ({
  last: (tx, _consumer, order) => sound.last(tx, 'everyone', order),
  advance: (tx, _consumer, order, version) => sound.advance(tx, 'everyone', order, version),
});

async function failuresOf(broken: Break): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of positionsContract) {
    const store = new MemoryStore();
    const sound = store.positions;
    const positions: Positions<MemoryTransaction> = {
      last: (tx, consumer, order) => sound.last(tx, consumer, order),
      advance: (tx, consumer, order, version) => sound.advance(tx, consumer, order, version),
      ...broken(sound),
    };
    let orders = 0;
    const begin = async () => {
      const tx = store.begin();
      return { connection: tx, commit: () => tx.commit(), rollback: () => tx.rollback() };
    };
    await run({ positions, begin, uniqueOrder: () => String((orders += 1)) }).catch(() => failed.push(name));
  }
  return failed;
}

describe('positionsContract', () => {
  it('passes positions that keep every obligation', async () => {
    expect(await failuresOf(() => ({}))).toEqual([]);
  });

  it.each([
    [
      'that forget',
      forgetful,
      'an order that was never seen stands at 0, and where it was advanced to after the commit',
    ],
    ['that do not lock', unlocked, 'two deliveries of a known order: the second waits, and sees what the first wrote'],
    ['that write at once', hasty, 'a rolled-back advance is none'],
    ['that mix consumers up', shared, 'consumers and orders stand for themselves'],
  ])('fails positions %s in the case of that name', async (_, broken, named) => {
    expect(await failuresOf(broken)).toContain(named);
  });
});
