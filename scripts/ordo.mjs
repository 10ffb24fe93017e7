/**
 * npm run ordo -- <command>: the operator's CLI against the servers of a profile (--profile, ORDO_PROFILE, or dev).
 * Variables that are set win over what `up` wrote.
 */
import { takeOption } from './run/arguments.mjs';
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { orExit, runProgram } from './run/program.mjs';
import { OPERATOR } from './run/servers.mjs';
import { environmentAt } from './stack/stack.mjs';

const { value, rest } = takeOption(process.argv.slice(2), '--profile');
const profile = value ?? process.env.ORDO_PROFILE ?? 'dev';

await orExit('ordo', async () => {
  await ensureInstalled();
  await ensureBuilt();
  const written = environmentAt(profile);
  if (!written) console.error(`ordo: profile ${profile} has no servers yet: npm run stack -- up --profile ${profile}`);
  const env = { ...written, ...process.env, ORDO_PROFILE: profile };
  const { code } = await runProgram(process.execPath, [OPERATOR, ...rest], { env });
  process.exitCode = code;
});
