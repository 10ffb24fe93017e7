/** What is sent for many timers of one node: few packets, none too large for a server, one transaction. */
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { MAX_PAYLOAD_BYTES } from './timer.rules.js';
import { TimerBulk } from './timer-bulk.js';
import { TimerWriter } from './timer-writer.js';

const SMALLEST_PACKET_BYTES = 4 * 1_024 * 1_024;
const writer = new TimerWriter(new Set(['a', 'b']), 1, systemClock);

function aBulk(count: number, { queue = 'a', payload }: { queue?: string; payload?: string } = {}): TimerBulk {
  const bulk = new TimerBulk();
  for (let at = 0; at < count; at += 1) {
    const request = { queue, key: `k${at}`, dueMs: at, ...(payload === undefined ? {} : { payload }) };
    bulk.add(request, writer.timerInsert(0, request));
  }
  return bulk;
}

const keysIn = (statements: readonly string[]): string[] =>
  [...statements.join('').matchAll(/'(k\d+)'/g)].map(([, key]) => key ?? '');

describe('a bulk of timers', () => {
  it('that fits one packet is one statement, which commits by itself', () => {
    const statements = aBulk(1_000).statements();
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(/^INSERT INTO [^;]*\)$/);
  });

  it('that does not fit begins its transaction with the first packet and commits with the last, every row once', () => {
    const statements = aBulk(2_500).statements();
    expect(statements.map((text) => text.slice(0, 13))).toEqual(['BEGIN; INSERT', 'INSERT INTO o', 'INSERT INTO o']);
    expect(statements.map((text) => text.endsWith('; COMMIT'))).toEqual([false, false, true]);
    expect(keysIn(statements)).toEqual(Array.from({ length: 2_500 }, (_, at) => `k${at}`));
  });

  it('has no packet that the smallest limit in use would refuse, whatever its payloads are', () => {
    const payloads = ['\\'.repeat(MAX_PAYLOAD_BYTES), '中'.repeat(MAX_PAYLOAD_BYTES / 3), 'x'];
    for (const payload of payloads) {
      const sizes = aBulk(700, { payload })
        .statements()
        .map((text) => Buffer.byteLength(text));
      expect(Math.max(...sizes)).toBeLessThan(SMALLEST_PACKET_BYTES);
    }
  });

  it('keeps the entries of each queue apart for the index', () => {
    const bulk = new TimerBulk();
    for (const queue of ['a', 'b', 'a']) {
      const request = { queue, key: 'k', dueMs: 1 };
      bulk.add(request, writer.timerInsert(0, request));
    }
    expect([...bulk.entries].map(([queue, entries]) => [queue, entries.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});
