/**
 * A private MariaDB or MySQL node with full durability: binary log and redo log are both on disk before COMMIT
 * returns. The user `ordo` is made by an init file before the server listens, so no client program is needed and
 * root stays reachable through the socket only.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, constants, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { probeMysql } from './probes.mjs';
import { secretsOf } from './profile.mjs';

export const MYSQL_USER = 'ordo';

const GIGABYTE = 1024 ** 3;
/** The kernel's limit for the path of a socket is 108 bytes on Linux and 104 on macOS. */
const SOCKET_PATH_LIMIT = 100;
const READY_MARK = 'initialised';

export function mysqlLaunch(profile, programs, server, ports) {
  const dir = profile.dataOf(server.name);
  const account = serverAccount(programs, profile.dir);
  const port = ports[server.name];
  return {
    program: programs.mysqld,
    args: [
      '--no-defaults',
      `--datadir=${dir}/data`,
      ...identity(profile, server, port, account),
      ...settings(programs, profile.dir),
    ],
    cwd: dir,
    markers: [`--datadir=${dir}/data`],
    ports: [server.name],
    prepare: () => prepare(profile, programs, dir, account),
    probe: () => probeMysql(port),
    readyMs: 120_000,
    stopMs: 120_000,
  };
}

function identity(profile, server, port, account) {
  const dir = profile.dataOf(server.name);
  return [
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    `--socket=${socketPath(profile, server, port)}`,
    `--pid-file=${dir}/mysqld.pid`,
    // A server that starts deletes the #sql files in its temporary folder: in a shared /tmp those of its neighbour.
    `--tmpdir=${dir}/tmp`,
    `--init-file=${dir}/init.sql`,
    `--server-id=${Number(server.name.slice(-1)) + 1}`,
    ...(account ? [`--user=${account.name}`] : []),
  ];
}

/** Figures: the working set of the benches (240 schemas, 1 GB pool) on two nodes within a machine of 8 GB. */
function settings(programs, profileDir) {
  const pool = totalmem() >= 8 * GIGABYTE ? GIGABYTE : Math.max(128 * 1024 ** 2, Math.floor(totalmem() / 8));
  return [
    '--log-bin=binlog',
    '--binlog-format=ROW',
    // A deleted outbox row is logged by its key, not by its payload; replicas need no more, every table has a primary key.
    '--binlog-row-image=MINIMAL',
    '--sync-binlog=1',
    '--innodb-flush-log-at-trx-commit=1',
    '--binlog-expire-logs-seconds=3600',
    '--max-binlog-size=256M',
    `--innodb-buffer-pool-size=${pool}`,
    `--innodb-flush-method=${supportsDirectIo(profileDir) ? 'O_DIRECT' : 'fsync'}`,
    programs.isMariaDb ? '--innodb-log-file-size=512M' : '--innodb-redo-log-capacity=1G',
    '--transaction-isolation=READ-COMMITTED',
    '--character-set-server=utf8mb4',
    '--default-time-zone=+00:00',
    '--max-connections=300',
    '--max-connect-errors=1000000',
    '--skip-name-resolve',
    '--table-open-cache=4096',
    '--table-definition-cache=4096',
    '--open-files-limit=32768',
    '--performance-schema=OFF',
    '--max-allowed-packet=64M',
    ...(programs.isMariaDb ? [] : ['--mysqlx=OFF']),
  ];
}

async function prepare(profile, programs, dir, account) {
  rmSync(join(dir, 'tmp'), { recursive: true, force: true });
  for (const path of [dir, join(dir, 'data'), join(dir, 'tmp')]) ownedFolder(path, account);
  writeInitFile(join(dir, 'init.sql'), secretsOf(profile).mysqlPassword, account);
  if (existsSync(join(dir, READY_MARK))) return;
  // A half-made data directory is of no use: it was never served, so it is made anew.
  rmSync(join(dir, 'data'), { recursive: true, force: true });
  ownedFolder(join(dir, 'data'), account);
  await initialise(programs, dir, account);
  writeFileSync(join(dir, READY_MARK), new Date().toISOString());
}

function ownedFolder(path, account) {
  mkdirSync(path, { recursive: true });
  if (account) chownSync(path, account.uid, account.gid);
}

async function initialise(programs, dir, account) {
  const user = account ? [`--user=${account.name}`] : [];
  const [program, args] = programs.isMariaDb
    ? [
        programs.mariadbInstallDb,
        [
          '--no-defaults',
          `--datadir=${dir}/data`,
          `--tmpdir=${dir}/tmp`,
          ...user,
          '--skip-test-db',
          '--skip-name-resolve',
          '--innodb-log-file-size=512M',
        ],
      ]
    : [programs.mysqld, ['--no-defaults', '--initialize-insecure', `--datadir=${dir}/data`, ...user]];
  try {
    await promisify(execFile)(program, args, { maxBuffer: 16 * 1024 ** 2 });
  } catch (error) {
    throw new Error(`${program} could not initialise ${dir}/data: ${error.stderr || error.stdout || error.message}`);
  }
}

function writeInitFile(path, password, account) {
  const who = `'${MYSQL_USER}'@'127.0.0.1'`;
  const sql = [
    'SET sql_log_bin=0;',
    `CREATE USER IF NOT EXISTS ${who} IDENTIFIED BY '${password}';`,
    `GRANT ALL PRIVILEGES ON *.* TO ${who};`,
    "DROP USER IF EXISTS ''@'localhost';",
  ];
  writeFileSync(path, `${sql.join('\n')}\n`, { mode: 0o600 });
  if (account) chownSync(path, account.uid, account.gid);
}

/**
 * As root the server runs as `mysql`, where that user exists and can reach the directory (a checkout below /root is
 * closed to it); otherwise as root, which the server only accepts when told so. undefined: we are not root.
 */
function serverAccount(programs, dir) {
  if (process.getuid?.() !== 0) return undefined;
  const mysql = programs.mysqlAccount;
  const reachable = mysql !== undefined && everyParent(dir).every((path) => isOpenTo(programs, path, mysql));
  return reachable ? mysql : { name: 'root', uid: 0, gid: 0 };
}

function everyParent(path) {
  return path === '/' ? [path] : [path, ...everyParent(dirname(path))];
}

function isOpenTo(programs, path, account) {
  const { mode, uid, gid } = programs.statOf(path);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  return ((gid === account.gid ? mode >> 3 : mode) & 1) !== 0;
}

function socketPath(profile, server, port) {
  const inside = join(profile.dataOf(server.name), 'mysqld.sock');
  return inside.length < SOCKET_PATH_LIMIT ? inside : `/tmp/ordo-${profile.name}-${port}.sock`;
}

/** tmpfs and some overlays refuse O_DIRECT; the server would then not start. */
function supportsDirectIo(dir) {
  if (constants.O_DIRECT === undefined) return false;
  const probe = join(dir, `direct-io.${randomBytes(4).toString('hex')}`);
  try {
    closeSync(openSync(probe, constants.O_RDWR | constants.O_CREAT | constants.O_DIRECT, 0o600));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(probe, { force: true });
  }
}
