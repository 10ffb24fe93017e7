/** What stays in the process, and who shares a command. No server. */
import { describe, expect, it } from '@jest/globals';
import { KeptRows } from './kept-rows.js';
import { SharedReads } from './shared-reads.js';

describe('rows kept in the process', () => {
  it('are those that were seen twice', () => {
    const rows = new KeptRows();
    rows.offer('ext:{1}', 'a');
    expect(rows.get('ext:{1}')).toBeUndefined();
    rows.offer('ext:{1}', 'a');
    expect(rows.get('ext:{1}')).toBe('a');
  });

  it('are not driven out by a scan of keys that are read once', () => {
    const rows = new KeptRows();
    rows.offer('ext:{7}', 'hot');
    rows.offer('ext:{7}', 'hot');
    for (let id = 1_000; id < 41_000; id += 1) rows.offer(`ext:{${id}}`, 'cold');
    expect(rows.get('ext:{7}')).toBe('hot');
  });
});

describe('a shared read', () => {
  it('is one command for all who ask in the same turn, and none for who asks after it', async () => {
    const shared = new SharedReads();
    let asked = 0;
    const ask = async (): Promise<number> => {
      asked += 1;
      return asked;
    };
    const first = await Promise.all(Array.from({ length: 50 }, () => shared.read('k', ask)));
    expect(new Set(first)).toEqual(new Set([1]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await shared.read('k', ask)).toBe(2);
  });
});
