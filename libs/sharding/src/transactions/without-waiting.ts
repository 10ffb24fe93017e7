/**
 * Statements that answer at once when another transaction holds what they would lock. In a shared transaction a wait of one unit is a
 * wait of all its neighbours.
 */

/**
 * MariaDB alone reads this comment. MySQL's shortest wait for a lock is a second, longer than any unit has, and an insert there takes no
 * NOWAIT: on MySQL an insert of a key that somebody else is inserting still waits, and its neighbours with it.
 */
const AT_ONCE = '/*M!100300 SET STATEMENT innodb_lock_wait_timeout=0 FOR */ ';

/** The same statement, refused with 1205 (MariaDB) or 3572 (MySQL) where it would wait. What locks nothing is left as it is. */
export function withoutWaiting(statement: string): string {
  if (statement.endsWith(' FOR UPDATE')) return `${statement} NOWAIT`;
  return statement.startsWith('INSERT ') ? AT_ONCE + statement : statement;
}
