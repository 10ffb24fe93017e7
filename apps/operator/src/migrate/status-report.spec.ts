import { describe, expect, it } from '@jest/globals';
import type { SchemaStatus } from '@ordo/sharding';
import { statusReport } from './status-report.js';

function aShard(shard: number, changes: Partial<SchemaStatus> = {}): SchemaStatus {
  return {
    node: shard % 2,
    dimension: 'user',
    schema: `ordo_user_${String(shard).padStart(3, '0')}`,
    exists: true,
    applied: ['0001-a'],
    pending: [],
    altered: [],
    unknown: [],
    ...changes,
  };
}

/** How wide the columns are is the longest dimension's business. */
const squeezed = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replaceAll(/ +/g, ' '));

describe('the status report', () => {
  it('is one line per migration with its count', () => {
    const { lines, isCurrent } = statusReport([aShard(0), aShard(1)]);
    expect(squeezed(lines)).toEqual(['user 2/2 0001-a']);
    expect(isCurrent).toBe(true);
  });

  it('names the shards that are behind and is not current then', () => {
    const behind = { applied: [], pending: ['0001-a'] };
    const { lines, isCurrent } = statusReport([aShard(0), aShard(1, behind), aShard(2, behind)]);
    expect(squeezed(lines)).toEqual(['user 1/3 0001-a pending in ordo_user_001…002']);
    expect(isCurrent).toBe(false);
  });

  it('names the shards whose migration was altered and is not current then', () => {
    const { lines, isCurrent } = statusReport([aShard(0), aShard(7, { applied: [], altered: ['0001-a'] })]);
    expect(squeezed(lines)).toEqual(['user 1/2 0001-a ALTERED in ordo_user_007']);
    expect(isCurrent).toBe(false);
  });
});
