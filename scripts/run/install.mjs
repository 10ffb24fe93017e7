/**
 * The packages of package-lock.json, installed when they are missing or of another lock file. The hash of the lock
 * file is kept inside node_modules, because a fresh checkout gives every file a new time without changing any.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/profile.mjs';
import { mustRun } from './program.mjs';

const LOCK_FILE = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');
const MARK = join(ROOT, 'node_modules/.ordo-installed-from');
const OLDEST_NODE = [20, 19];

export async function ensureInstalled() {
  refuseOldNode();
  const wanted = createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');
  if (isInstalled(wanted)) return 'packages are installed already';
  await mustRun('npm', ['ci', '--no-audit', '--no-fund'], { show: false });
  writeFileSync(MARK, wanted);
  return 'npm ci';
}

function isInstalled(wanted) {
  if (!existsSync(INSTALLED)) return false;
  if (existsSync(MARK) && statSync(MARK).mtimeMs >= statSync(INSTALLED).mtimeMs) {
    return readFileSync(MARK, 'utf8') === wanted;
  }
  return statSync(INSTALLED).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Error(`Node ${process.versions.node} is too old: Ordo needs ${OLDEST_NODE.join('.')} or newer`);
}
