import { describe, expect, it } from '@jest/globals';
import { Refusal } from '@ordo/kernel';
import { JsonLogger } from './json-logger.js';

function aLogger(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: JsonLogger.create({ level, service: 'spec', destination }) };
}

describe('a log line', () => {
  it('is one JSON object with level, time, service, message and facts', () => {
    const { lines, logger } = aLogger();
    logger.child({ traceId: 'abc' }).info('relayed', { count: 3 });
    expect(lines).toEqual([
      { level: 'info', time: expect.any(String), service: 'spec', message: 'relayed', traceId: 'abc', count: 3 },
    ]);
  });

  it('is not written below the level', () => {
    const { lines, logger } = aLogger();
    logger.debug('noise');
    expect(lines).toHaveLength(0);
  });

  it.each(['phone', 'address', 'recipient', 'name', 'token', 'Authorization', 'password'])(
    'blanks the field %s at any depth',
    (field) => {
      const { lines, logger } = aLogger();
      logger.warn('refused', { [field]: 'private', order: { deep: [{ [field]: 'private' }] } });
      expect(JSON.stringify(lines)).not.toContain('private');
    },
  );

  it('blanks tokens and the passwords of addresses inside texts, messages and errors', () => {
    const { lines, logger } = aLogger();
    const cause = new Error('connect mysql://root:hunter2@db:3306 failed');
    logger.error('bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', { error: new Error('outer', { cause }) });
    const text = JSON.stringify(lines);
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('eyJhbGci');
    expect(text).toContain('db:3306');
  });

  it('tells an error with its type, code, facts and cause', () => {
    const { lines, logger } = aLogger();
    logger.error('failed', {
      error: new Refusal('FORBIDDEN', 'no', { grant: 'order:pay' }, { cause: new TypeError('why') }),
    });
    expect(lines[0]?.['error']).toMatchObject({
      type: 'Refusal',
      code: 'FORBIDDEN',
      message: 'no',
      details: { grant: 'order:pay' },
      cause: { type: 'TypeError', message: 'why' },
      stack: expect.any(String),
    });
  });

  it('survives what JSON cannot write: a cycle, a bigint, a function, a set', () => {
    const { lines, logger } = aLogger();
    const cycle: Record<string, unknown> = { id: 2n, seen: new Set(['a']), run: () => 1 };
    cycle['self'] = cycle;
    logger.info('odd', { cycle });
    expect(lines[0]?.['cycle']).toMatchObject({ id: '2', seen: ['a'] });
  });
});
