/** The forms of opening statements that do not wait; that both servers take them is held-rows.races.spec.ts's to prove, on the one that runs. */
import { describe, expect, it } from '@jest/globals';
import { withoutWaiting } from './without-waiting.js';

describe('a statement that does not wait for a lock', () => {
  it.each([
    ['SELECT * FROM s.t WHERE id=1 FOR UPDATE', 'SELECT * FROM s.t WHERE id=1 FOR UPDATE NOWAIT'],
    [
      'INSERT INTO s.t (id) VALUES (1) ON DUPLICATE KEY UPDATE id=id',
      '/*M!100300 SET STATEMENT innodb_lock_wait_timeout=0 FOR */ INSERT INTO s.t (id) VALUES (1) ON DUPLICATE KEY UPDATE id=id',
    ],
  ])('is %j as %j', (waiting, refusing) => {
    expect(withoutWaiting(waiting)).toBe(refusing);
  });

  it.each(['SELECT * FROM s.t WHERE id=1 FOR UPDATE SKIP LOCKED', "SELECT nonce FROM s.t WHERE nonce='INSERT '"])(
    'is the same where it locks nothing or waits for nobody: %j',
    (statement) => {
      expect(withoutWaiting(statement)).toBe(statement);
    },
  );
});
