/**
 * npm run build: packages when they are missing, then dist/ when a source changed.
 */
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { orExit, step } from './run/program.mjs';

await orExit('build', async () => {
  await step('install', ensureInstalled);
  await step('build', ensureBuilt);
});
