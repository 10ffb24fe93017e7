/**
 * One stack on disk: `.stack/<profile>/` holds the data, logs, pid files, ports and secrets of exactly one stack.
 * Everything that the scripts remember between two runs is here; removing the folder forgets the stack.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const STACK_ROOT = join(ROOT, '.stack');

/** Longest start that is known: apt-get and the first initialisation of two data directories on a slow disk. */
const LOCK_PATIENCE_MS = 600_000;

export function openProfile(name) {
  if (!/^[a-z][a-z0-9-]{0,15}$/.test(name)) {
    throw new Error(`"${name}" is no profile name: 1 to 16 lower-case letters, digits and hyphens, a letter first`);
  }
  const dir = join(STACK_ROOT, name);
  mkdirSync(join(dir, 'logs'), { recursive: true });
  mkdirSync(join(dir, 'pids'), { recursive: true });
  return {
    name,
    dir,
    logs: join(dir, 'logs'),
    file: (...parts) => join(dir, ...parts),
    dataOf: (server) => join(dir, 'data', server),
    pidFileOf: (server) => join(dir, 'pids', `${server}.json`),
    read: (file, fallback) => readJson(join(dir, file), fallback),
    write: (file, value, mode) => writeJson(join(dir, file), value, mode),
  };
}

export function readJson(path, fallback) {
  if (!existsSync(path)) return fallback;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} is not readable JSON; remove it and run "up" again`, { cause });
  }
}

/** Written beside and renamed, so that a reader never sees half a file. */
export function writeJson(path, value, mode = 0o644) {
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode });
  chmodSync(draft, mode);
  renameSync(draft, path);
}

/**
 * Passwords, the development signing key and the secrets of partners: made once per profile, readable by the owner only. A profile of an
 * older checkout gets what it lacks.
 */
export function secretsOf(profile) {
  const known = profile.read('secrets.json', {});
  const made = {
    mysqlPassword: randomBytes(18).toString('hex'),
    amqpPassword: randomBytes(18).toString('hex'),
    erlangCookie: randomBytes(20).toString('hex').toUpperCase(),
    signingKey: randomBytes(32).toString('base64url'),
    deliverySecret: randomBytes(32).toString('base64url'),
    carrierSecret: randomBytes(32).toString('base64url'),
  };
  if (Object.keys(made).every((name) => name in known)) return known;
  const secrets = { ...made, ...known };
  profile.write('secrets.json', secrets, 0o600);
  return secrets;
}

/**
 * One script at a time per profile: two `up` at once would initialise one data directory twice.
 * A lock whose owner is gone is taken over.
 */
export function withProfileLock(profile, work) {
  return withLock(profile.file('lock'), work);
}

/** Holds `lock` (a file that names the pid of its owner) while `work` runs. */
export async function withLock(lock, work) {
  const giveUpAt = Date.now() + LOCK_PATIENCE_MS;
  while (!tryLock(lock)) {
    if (Date.now() > giveUpAt) throw new Error(`another script holds ${lock}; if none runs, remove that file`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0);
  if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
  return false;
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
