/** What a node is asked about its schemas; the answers of real nodes are in migration.db.spec.ts. */
import { describe, expect, it } from '@jest/globals';
import { readNodeRecord } from './migration-record.repository.js';

describe('the record of a node', () => {
  it('of which no schema is asked is empty, and the node is not asked at all', async () => {
    const asked: string[] = [];
    const reader = {
      query: <T>(sql: string): Promise<T> => {
        asked.push(sql);
        return Promise.reject(new Error('1064: a syntax error near IN ()'));
      },
    };
    expect(await readNodeRecord(reader, [])).toEqual(new Map());
    expect(asked).toEqual([]);
  });
});
