/** Which reads leave together, who gets what, and whom a failure is told. */
import { describe, expect, it } from '@jest/globals';
import { JoinedReads } from './joined-reads.js';
import type { NodePools } from './node-pools.js';

/** Answers what each statement says, as the driver does: rows of one statement, a list of rows of several. */
function scripted() {
  const packets: string[] = [];
  const query = async (sql: string): Promise<unknown> => {
    packets.push(sql);
    if (sql.includes('broken')) throw new Error('broken');
    const rows = sql.split(';').map((statement) => [{ said: statement }]);
    return rows.length === 1 ? rows[0] : rows;
  };
  const pools = { at: (node: number) => ({ query: (sql: string) => query(`${node}:${sql}`) }) };
  return { reads: new JoinedReads(pools as unknown as NodePools), packets };
}

const textOf = (results: readonly unknown[]): string => JSON.stringify(results);

describe('reads of one turn', () => {
  it('leave as one packet per node, and everybody gets their own results', async () => {
    const { reads, packets } = scripted();
    const found = await Promise.all([reads.read(0, ['a', 'b']), reads.read(1, ['c']), reads.read(0, ['d'])]);
    expect(packets).toEqual(['0:a;b;d', '1:c']);
    expect(found.map(textOf)).toEqual(['[[{"said":"0:a"}],[{"said":"b"}]]', '[[{"said":"1:c"}]]', '[[{"said":"d"}]]']);
  });

  it('are never joined by one that is asked after they have left', async () => {
    const { reads, packets } = scripted();
    await reads.read(0, ['a']);
    await reads.read(0, ['b']);
    expect(packets).toEqual(['0:a', '0:b']);
  });

  it('leave in packets of sixty-four statements, and no read is cut in two', async () => {
    const { reads, packets } = scripted();
    await Promise.all(Array.from({ length: 50 }, () => reads.read(0, ['a', 'b', 'c'])));
    expect(packets.map((packet) => packet.split(';').length)).toEqual([63, 63, 24]);
  });

  it('fail together, and the next turn reads again', async () => {
    const { reads } = scripted();
    const outcomes = await Promise.allSettled([reads.read(0, ['a']), reads.read(0, ['broken']), reads.read(1, ['c'])]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(textOf(await reads.read(0, ['d']))).toBe('[[{"said":"0:d"}]]');
  });
});
