import { type ErrorDetails, InvariantViolation, OrdoError, Transient } from '@ordo/kernel';

/**
 * What an error of MySQL or MariaDB means to a caller. By number and code only, never by message text, because both
 * servers translate and reword their messages.
 */
export const NODE_UNAVAILABLE = 'NODE_UNAVAILABLE';
export const QUERY_DEADLINE = 'query-deadline';

/** Another transaction holds the row: 1205 lock wait timeout (MariaDB's answer to NOWAIT, too), 3572 MySQL's answer to NOWAIT. */
const HELD_NUMBERS: ReadonlySet<number> = new Set([1205, 3572]);
/** 1213 deadlock, 1020 record has changed (MariaDB's snapshot conflict), and rows that are held. */
const DEADLOCK_NUMBERS: ReadonlySet<number> = new Set([1213, 1020, ...HELD_NUMBERS]);
/** 1290 --read-only, 1792 read-only transaction, 1836 read-only mode: a server that is being failed over. */
const READ_ONLY_NUMBERS: ReadonlySet<number> = new Set([1290, 1792, 1836]);
/** 1062 duplicate entry, 1586 the same with the key's name. */
const DUPLICATE_NUMBERS: ReadonlySet<number> = new Set([1062, 1586]);
/** 1053 server shutdown, 1927 and 3168 connection killed, 1152 and 1158 to 1161 broken network. */
const LOSS_NUMBERS: ReadonlySet<number> = new Set([1053, 1927, 3168, 1152, 1158, 1159, 1160, 1161]);
/** 1969 MariaDB's max_statement_time, 3024 MySQL's max_execution_time, 1317 interrupted: the statement did nothing. */
const STATEMENT_TIMEOUT_NUMBERS: ReadonlySet<number> = new Set([1969, 3024, 1317]);
const LOSS_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'PROTOCOL_PACKETS_OUT_OF_ORDER',
  'HANDSHAKE_NO_SSL_SUPPORT',
]);
const RETRY_DEADLOCK_MS = 20;
/** The time a node counts as down before it is probed again; a caller who waits it out meets a fresh verdict. */
export const RETRY_NODE_MS = 250;

export function isDeadlock(error: unknown): boolean {
  return hasNumber(error, DEADLOCK_NUMBERS);
}

/** Whether a statement did not get its lock because another transaction has it. Such an error is a deadlock's kin: isDeadlock, too. */
export function isHeld(error: unknown): boolean {
  return hasNumber(error, HELD_NUMBERS);
}

/** Whether we gave up waiting for an answer, as against a connection or a node that broke. */
export function isQueryDeadline(error: unknown): boolean {
  return error instanceof OrdoError && error.details['reason'] === QUERY_DEADLINE;
}

/** Which of the statements that were sent together failed, counted from 0; undefined when nobody knows. */
export function failedStatementOf(error: unknown): number | undefined {
  const index = fieldOf(error, 'failedStatement');
  return typeof index === 'number' ? index : undefined;
}

export function isReadOnly(error: unknown): boolean {
  return hasNumber(error, READ_ONLY_NUMBERS);
}

export function isDuplicateKey(error: unknown): boolean {
  return hasNumber(error, DUPLICATE_NUMBERS);
}

export function isStatementTimeout(error: unknown): boolean {
  return hasNumber(error, STATEMENT_TIMEOUT_NUMBERS);
}

/** Whether the outcome of what was sent is unknown because the connection (or its deadline) was lost. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof OrdoError) return error.code === NODE_UNAVAILABLE;
  const code = fieldOf(error, 'code');
  if (typeof code === 'string' && LOSS_CODES.has(code)) return true;
  return hasNumber(error, LOSS_NUMBERS);
}

/** The Transient that says a node cannot be reached; `reason` is a stable word for logs and metrics. */
export function nodeUnavailable(node: string, reason: string, cause?: unknown, facts: ErrorDetails = {}): Transient {
  const details = { node, reason, ...causeFacts(cause), ...facts };
  const options = cause === undefined ? {} : { cause };
  return new Transient(NODE_UNAVAILABLE, `${node} cannot be used now: ${reason}`, RETRY_NODE_MS, details, options);
}

/**
 * The family of any error that a node gave: lost, read-only, overrun and deadlocked are Transient, the rest is a bug
 * of ours (a wrong statement, a missing column). Errors of the house pass unchanged.
 */
export function toOrdoError(error: unknown, node: string): OrdoError {
  if (error instanceof OrdoError) return error;
  if (isConnectionLoss(error)) return nodeUnavailable(node, 'connection-lost', error);
  if (isReadOnly(error)) return nodeUnavailable(node, 'read-only', error);
  if (isStatementTimeout(error)) return nodeUnavailable(node, 'statement-overrun', error);
  if (isDeadlock(error)) {
    const details = { node, reason: 'deadlock', ...causeFacts(error) };
    return new Transient(NODE_UNAVAILABLE, `${node} rolled the change back: deadlock`, RETRY_DEADLOCK_MS, details, {
      cause: error,
    });
  }
  return new InvariantViolation(`${node} refused a statement`, { node, ...causeFacts(error) }, { cause: error });
}

/** Takes the statement's text out of a driver's error: it holds recipients and phone numbers, and errors get logged. */
export function withoutSql(error: unknown): unknown {
  if (typeof error === 'object' && error !== null && 'sql' in error) delete error.sql;
  return error;
}

function causeFacts(cause: unknown): ErrorDetails {
  const code = fieldOf(cause, 'code');
  const errno = fieldOf(cause, 'errno');
  return {
    ...(typeof code === 'string' ? { cause: code } : {}),
    ...(typeof errno === 'number' && errno > 0 ? { errno } : {}),
  };
}

function hasNumber(error: unknown, numbers: ReadonlySet<number>): boolean {
  const errno = fieldOf(error, 'errno');
  return typeof errno === 'number' && numbers.has(errno);
}

function fieldOf(error: unknown, name: 'code' | 'errno' | 'failedStatement'): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as Readonly<Record<string, unknown>>)[name];
}
