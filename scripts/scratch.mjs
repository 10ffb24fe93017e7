/**
 * npm run bench -- NAME [--fresh] [--keep]: one bench on servers of its own (profile `bench`), so that neither the data
 * of development nor a test disturbs a figure. --fresh begins with empty servers, --keep leaves them running; --apart
 * gives the after-sale app cores and servers of its own (`run/apart.mjs`).
 */
import { setApart } from './run/apart.mjs';
import { takeFlag, takeOption } from './run/arguments.mjs';
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { orExit, runProgram, step } from './run/program.mjs';
import { bringUp, isInUse, migrate, takeDown } from './run/servers.mjs';

const BENCH = 'dist/bench/src/cost-scratch.js';

const named = takeOption(process.argv.slice(2), '--profile');
const fresh = takeFlag(named.rest, '--fresh');
const keep = takeFlag(fresh.rest, '--keep');
const apart = takeFlag(keep.rest, '--apart');
const profile = named.value ?? 'bench';

await orExit('bench', async () => {
  if (apart.value && apart.rest[0] !== 'aftersale') throw new Error('--apart is for the bench aftersale');
  const leaveUp = keep.value || isInUse(profile);
  let placed;
  await step('install', ensureInstalled);
  await step('build', ensureBuilt);
  try {
    let env;
    await step('servers', async () => {
      env = await bringUp(profile, { fresh: fresh.value });
    });
    await step('migrate', () => migrate(env));
    if (apart.value) {
      await step('apart', async () => {
        placed = await setApart(profile, env, (line) => console.log(`           ${line}`));
      });
    }
    const { code } = await runProgram(process.execPath, [BENCH, ...apart.rest], { env: placed?.env ?? env });
    process.exitCode = code;
  } finally {
    await placed?.end();
    if (!leaveUp) await step('down', () => takeDown(profile));
  }
});
