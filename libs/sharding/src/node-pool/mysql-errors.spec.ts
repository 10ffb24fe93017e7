/** What a failure of a server means to a caller, by number and code; and what never gets out: URLs, passwords, statements. */
import { describe, expect, it } from '@jest/globals';
import { ErrorFamily, Refusal } from '@ordo/kernel';
import {
  isConnectionLoss,
  isDeadlock,
  isDuplicateKey,
  isHeld,
  isQueryDeadline,
  isReadOnly,
  isStatementTimeout,
  nodeUnavailable,
  toOrdoError,
  withoutSql,
} from './mysql.errors.js';
import { parseNodeUrl } from './node-address.js';
import { NodePools } from './node-pools.js';
import { sessionSetup } from './session.js';

function sqlError(errno: number): Error {
  return Object.assign(new Error('translated and reworded'), { errno, code: `ER_${errno}`, sql: "INSERT 'Jane Doe'" });
}

function kindsOf(error: unknown): string[] {
  const kinds = { isDeadlock, isReadOnly, isConnectionLoss, isDuplicateKey, isStatementTimeout };
  return Object.entries(kinds)
    .filter(([, holds]) => holds(error))
    .map(([name]) => name);
}

describe('the kind of an error', () => {
  it.each([
    [[1213, 1205, 1020, 3572], 'isDeadlock', ErrorFamily.TRANSIENT],
    [[1290, 1792, 1836], 'isReadOnly', ErrorFamily.TRANSIENT],
    [[1053, 1927, 3168, 1158], 'isConnectionLoss', ErrorFamily.TRANSIENT],
    [[1969, 3024, 1317], 'isStatementTimeout', ErrorFamily.TRANSIENT],
    [[1062, 1586], 'isDuplicateKey', ErrorFamily.INVARIANT],
  ])('of %j is %s alone', (numbers, kind, family) => {
    for (const errno of numbers) {
      expect(kindsOf(sqlError(errno))).toEqual([kind]);
      expect(toOrdoError(sqlError(errno), 'node-1').family).toBe(family);
    }
  });

  it.each(['ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT', 'EPIPE', 'PROTOCOL_CONNECTION_LOST'])(
    'of %s is a loss',
    (code) => {
      expect(kindsOf(Object.assign(new Error(), { code }))).toEqual(['isConnectionLoss']);
    },
  );

  it('of our own NODE_UNAVAILABLE is a loss, of a refusal and of a syntax error none', () => {
    expect(kindsOf(nodeUnavailable('node-0', 'query-deadline'))).toEqual(['isConnectionLoss']);
    expect(kindsOf(new Refusal('ORDER_NOT_FOUND', 'no'))).toEqual([]);
    expect(kindsOf(sqlError(1064))).toEqual([]);
    for (const value of [undefined, null, 'ECONNRESET', 1213, {}]) expect(kindsOf(value)).toEqual([]);
  });

  it('says that somebody holds the row for a refused and an overlong wait, not for a deadlock', () => {
    expect([1205, 3572, 1213, 1020, 1062].filter((errno) => isHeld(sqlError(errno)))).toEqual([1205, 3572]);
  });

  it('tells our own deadline from a connection that broke', () => {
    expect(isQueryDeadline(nodeUnavailable('node-0', 'query-deadline'))).toBe(true);
    expect(isQueryDeadline(nodeUnavailable('node-0', 'connection-lost'))).toBe(false);
    expect(isQueryDeadline(sqlError(1205))).toBe(false);
  });

  it('says too many connections is no loss: those that are open go on', () => {
    expect(kindsOf(sqlError(1040))).toEqual([]);
  });
});

describe('an error for the caller', () => {
  it('names the node, the reason and the number, and passes errors of the house unchanged', () => {
    expect(toOrdoError(sqlError(1064), 'node-3')).toMatchObject({
      code: 'INTERNAL',
      details: { node: 'node-3', errno: 1064 },
    });
    expect(toOrdoError(sqlError(1836), 'node-3')).toMatchObject({
      code: 'NODE_UNAVAILABLE',
      retryAfterMs: 250,
      details: { node: 'node-3', reason: 'read-only', errno: 1836 },
    });
    const refusal = new Refusal('ORDER_NOT_FOUND', 'no');
    expect(toOrdoError(refusal, 'node-3')).toBe(refusal);
  });

  it('loses the text of its statement', () => {
    expect(JSON.stringify(withoutSql(sqlError(1062)))).not.toContain('Jane');
  });
});

describe('the URL of a node', () => {
  it('gives host, port, user and password, percent-decoded', () => {
    expect(parseNodeUrl('mysql://or%3Ado:s%40e%2Fcret@db.example:3307/control?tls=true', 0)).toEqual({
      host: 'db.example',
      port: 3307,
      user: 'or:do',
      password: 's@e/cret',
      database: 'control',
      ssl: { rejectUnauthorized: true },
    });
    expect(parseNodeUrl('mysql://root@[::1]', 0)).toEqual({ host: '::1', port: 3306, user: 'root', password: '' });
  });

  it.each(['', 'not a url with s3cret', 'postgres://u:s3cret@h/', 'mysql://', 'mysql://u:s3cret@h:99999'])(
    'is refused by node and rule and never quoted: %j',
    (url) => {
      expect(() => new NodePools(['mysql://root@h', url])).toThrow(/the URL of node 1/);
      expect(() => parseNodeUrl(url, 1)).not.toThrow(/s3cret/);
    },
  );

  it('is needed at least once', () => {
    expect(() => new NodePools([])).toThrow('names no node');
    expect(() => new NodePools(['mysql://root@h']).at(1)).toThrow('node 1 does not exist');
  });
});

describe('the session', () => {
  it('waits for a lock a second less than the deadline and lets each server read its own limit only', () => {
    const text = sessionSetup(3_000);
    expect(text).toContain('innodb_lock_wait_timeout = 2');
    expect(text).toContain('/*M!100100 , max_statement_time = 3 */');
    expect(text).toContain('/*!50708 , max_execution_time = 3000 */');
  });
});
