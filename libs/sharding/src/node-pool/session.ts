/**
 * The session of every connection, in one round trip and without asking which server answers: executable comments
 * pick the variable. MariaDB alone runs those that start with `M!`; MySQL alone runs versions 50700 to 99999, which
 * MariaDB skips.
 */
const SQL_MODE = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';
const MS_PER_SECOND = 1000;
/**
 * A process that is frozen in a transaction keeps its rows locked for as long as the server keeps its connection, which is eight hours by
 * default. Longer than any handler may take with a transaction open (19 s). MariaDB alone has it; on MySQL a person has to KILL the connection.
 */
const IDLE_TRANSACTION_SECONDS = 20;

export function sessionSetup(queryDeadlineMs: number): string {
  return [
    // The relay's reads under REPEATABLE READ blocked an unrelated insert for 1.9 s (STACK.md).
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    // Without NO_BACKSLASH_ESCAPES and ANSI_QUOTES: `quote` relies on it.
    `SET SESSION sql_mode = '${SQL_MODE}', time_zone = '+00:00', innodb_lock_wait_timeout = ${lockWaitSeconds(queryDeadlineMs)} /*M!100300 , idle_transaction_timeout = ${IDLE_TRANSACTION_SECONDS} */`,
    statementLimit(queryDeadlineMs),
  ].join('; ');
}

/** MySQL's limit covers SELECT alone; there, what ends a write that waits is the lock wait timeout. */
export function statementLimit(limitMs: number): string {
  const seconds = limitMs / MS_PER_SECOND;
  return `SET SESSION lock_wait_timeout = ${Math.max(1, Math.ceil(seconds))}, innodb_lock_wait_timeout = ${lockWaitSeconds(limitMs)} /*M!100100 , max_statement_time = ${seconds} */ /*!50708 , max_execution_time = ${limitMs} */`;
}

/** One second less than the deadline, so that a lock wait ends as a typed 1205 and not as a lost connection. */
function lockWaitSeconds(limitMs: number): number {
  return Math.max(1, Math.floor(limitMs / MS_PER_SECOND) - 1);
}
