import { MigrationInProgress } from './migration.errors.js';
import type { SqlReader } from './migration-record.repository.js';

export interface LockRequest {
  readonly node: number;
  readonly prefix: string;
  readonly waitMs: number;
  /** Told once when the lock is not free at once. */
  readonly onWait?: (holder: string) => void;
}

const MS_PER_SECOND = 1000;

/**
 * Takes the lock of one node for as long as the connection behind `connection` lives; the server frees it when that is
 * lost, so a killed run blocks nobody. Closes the race of two operators (or two deployments) that migrate at once:
 * TypeORM has no lock of its own. Throws {@link MigrationInProgress} that says who holds it.
 */
export async function takeMigrationLock(connection: SqlReader, request: LockRequest): Promise<void> {
  if (await getLock(connection, request, 0)) return;
  request.onWait?.(await holderOf(connection, request));
  if (await getLock(connection, request, Math.ceil(request.waitMs / MS_PER_SECOND))) return;
  const holder = await holderOf(connection, request);
  throw new MigrationInProgress(
    `another migration run holds the lock of node ${request.node} (${holder}): wait until it ends and repeat`,
    { node: request.node, holder },
  );
}

export async function freeMigrationLock(connection: SqlReader, prefix: string): Promise<void> {
  await connection.query(`SELECT RELEASE_LOCK('${lockName(prefix)}')`);
}

async function getLock(connection: SqlReader, { prefix }: LockRequest, waitSeconds: number): Promise<boolean> {
  const rows = await connection.query<readonly { taken: number | string | null }[]>(
    `SELECT GET_LOCK('${lockName(prefix)}', ${waitSeconds}) AS taken`,
  );
  return Number(rows[0]?.taken) === 1;
}

async function holderOf(connection: SqlReader, { prefix }: LockRequest): Promise<string> {
  const rows = await connection.query<readonly { id: string; host: string | null }[]>(
    `SELECT p.id AS id, p.host AS host FROM information_schema.processlist p WHERE p.id = IS_USED_LOCK('${lockName(prefix)}')`,
  );
  const holder = rows[0];
  return holder === undefined ? 'it has just ended' : `connection ${holder.id} from ${holder.host ?? 'unknown'}`;
}

/** Per prefix, so that specs and production on one server do not wait for each other. At most 64 characters on MySQL. */
function lockName(prefix: string): string {
  return `${prefix}migration`;
}
