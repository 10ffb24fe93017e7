/**
 * npm run bench -- NAME [--fresh] [--keep]: one bench on servers of its own (profile `bench`), so that neither the data
 * of development nor a test disturbs a figure. --fresh begins with empty servers, --keep leaves them running.
 */
import { takeFlag, takeOption } from './run/arguments.mjs';
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { orExit, runProgram, step } from './run/program.mjs';
import { bringUp, isInUse, migrate, takeDown } from './run/servers.mjs';

const BENCH = 'dist/bench/src/main.js';

const named = takeOption(process.argv.slice(2), '--profile');
const fresh = takeFlag(named.rest, '--fresh');
const keep = takeFlag(fresh.rest, '--keep');
const profile = named.value ?? 'bench';

await orExit('bench', async () => {
  const leaveUp = keep.value || isInUse(profile);
  await step('install', ensureInstalled);
  await step('build', ensureBuilt);
  try {
    let env;
    await step('servers', async () => {
      env = await bringUp(profile, { fresh: fresh.value });
    });
    await step('migrate', () => migrate(env));
    const { code } = await runProgram(process.execPath, [BENCH, ...keep.rest], { env });
    process.exitCode = code;
  } finally {
    if (!leaveUp) await step('down', () => takeDown(profile));
  }
});
