/**
 * npm run package: the packages that other teams install, as tarballs in .cache/packages: @ordo/kernel, @ordo/contracts,
 * @ordo/broadcast. Compiled by tsc, because consumers want declarations; imports of each other stay package names.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled } from './run/install.mjs';
import { mustRun, orExit, step, tool } from './run/program.mjs';
import { ROOT, withLock } from './stack/profile.mjs';

const PACKAGES = ['kernel', 'contracts', 'broadcast'];
const HOME = join(ROOT, '.cache/packages');
const QUIET = { show: false };

await orExit('package', async () => {
  await step('install', ensureInstalled);
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  await withLock(join(ROOT, '.cache/packages.lock'), async () => {
    rmSync(HOME, { recursive: true, force: true });
    await step('compile', () => compile());
    for (const name of PACKAGES) await step(name, () => pack(name));
  });
});

async function compile() {
  await mustRun(tool('tsc'), ['-p', 'tsconfig.packages.json'], QUIET);
  return 'tsc with declarations';
}

async function pack(name) {
  const lib = join(ROOT, 'libs', name);
  const home = join(HOME, name);
  cpSync(join(HOME, 'compiled/libs', name, 'src'), join(home, 'dist'), { recursive: true });
  for (const part of ['README.md', 'proto']) {
    if (existsSync(join(lib, part))) cpSync(join(lib, part), join(home, part), { recursive: true });
  }
  cpSync(join(ROOT, 'LICENSE'), join(home, 'LICENSE'));
  writeFileSync(join(home, 'package.json'), readFileSync(join(lib, 'package.json')));
  const output = await mustRun('npm', ['pack', home, '--pack-destination', HOME, '--loglevel=error'], QUIET);
  return join('.cache/packages', output.trim().split('\n').at(-1));
}
