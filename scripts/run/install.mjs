/**
 * The packages of package-lock.json, installed when they are missing or of another lock file. The hash of the lock
 * file is kept inside node_modules, because a fresh checkout gives every file a new time without changing any.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/profile.mjs';
import { mustRun, runProgram } from './program.mjs';

const LOCK_FILE = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');
const MARK = join(ROOT, 'node_modules/.ordo-installed-from');
const OLDEST_NODE = [20, 19];

export async function ensureInstalled() {
  refuseOldNode();
  const wanted = createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');
  if (isInstalled(wanted)) return 'packages are installed already';
  const how = await install();
  writeFileSync(MARK, wanted);
  return how;
}

/**
 * npm ci refuses a lock file that lacks the binaries of other platforms, which is how npm writes it where a registry
 * offers only those of its own. Then, and only then, the same versions are installed without that test, and the lock
 * file stays as it is; every other difference from package.json is an error.
 */
async function install() {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await runProgram('npm', ['ci', ...quiet], { show: false });
  if (code === 0) return 'npm ci';
  const missing = [...output.matchAll(/Missing: (@?[^@\s]+)@\S* from lock file/g)].map(([, name]) => name);
  const differences = output.match(/(Missing|Invalid): /g) ?? [];
  const optional = optionalPackages();
  if (missing.length === 0 || missing.length < differences.length || !missing.every((name) => optional.has(name))) {
    throw new Error(`npm ci ended with exit code ${code}\n${output.trim().split('\n').slice(0, 20).join('\n')}`);
  }
  await mustRun('npm', ['install', '--no-save', ...quiet], { show: false });
  return `npm install --no-save (the lock file lacks ${missing.length} binaries of other platforms)`;
}

function optionalPackages() {
  const { packages } = JSON.parse(readFileSync(LOCK_FILE, 'utf8'));
  return new Set(Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})));
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
