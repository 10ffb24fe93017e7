/**
 * dist/, built when any source changed since the last build. Compared by content, so switching branches back and forth
 * or a fresh checkout over a restored dist/ costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, withLock } from '../stack/profile.mjs';
import { mustRun, tool } from './program.mjs';

const MARK = join(ROOT, 'dist/.built-from');
const SOURCES = ['apps', 'libs', 'migrations', 'bench', 'test/programs'];
const SETTINGS = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', '.swcrc', 'package-lock.json'];
/** What a complete build leaves behind; a dist/ without one of these is built again whatever its mark says. */
const PRODUCTS = [
  ...['order', 'aftersale', 'delivery', 'operator'].map((app) => `dist/apps/${app}/src/main.js`),
  'dist/test/programs/timer-node.js',
];

export async function ensureBuilt() {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  return withLock(join(ROOT, '.cache/build.lock'), async () => {
    const wanted = hashOfSources();
    if (isBuilt(wanted)) return 'dist is up to date';
    await mustRun(tool('nest'), ['build', '--all'], { show: false });
    writeFileSync(MARK, wanted);
    return 'nest build --all';
  });
}

function isBuilt(wanted) {
  if (!existsSync(MARK) || PRODUCTS.some((product) => !existsSync(join(ROOT, product)))) return false;
  return readFileSync(MARK, 'utf8') === wanted;
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const path of [
    ...SETTINGS.map((name) => join(ROOT, name)),
    ...SOURCES.flatMap((room) => sourcesIn(join(ROOT, room))),
  ]) {
    if (existsSync(path)) hash.update(relative(ROOT, path)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex');
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts') ? [path] : [];
  });
}
