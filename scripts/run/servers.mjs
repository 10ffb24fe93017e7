/**
 * A stack for the time that a script needs it: brought up, migrated, and afterwards left as it was found.
 */
import { down, reset, status, up } from '../stack/stack.mjs';
import { mustRun } from './program.mjs';

export const OPERATOR = 'dist/apps/operator/src/main.js';

/** True when at least one server of this profile runs: then somebody else counts on it. */
export function isInUse(profile) {
  return status(profile).some(({ state }) => state === 'up' || state === 'frozen');
}

/**
 * The environment that programs need to reach this stack, over that of this process. A start that fails is said and
 * tried once more: a port that was free when it was chosen may be somebody else's by the time that its server binds it.
 */
export async function bringUp(profile, { fresh = false } = {}) {
  if (fresh) await reset(profile);
  const say = (line) => console.log(`           ${line}`);
  const environment = await up(profile, say).catch(async (error) => {
    say(`once more, because: ${error.message}`);
    await down(profile);
    return up(profile, say);
  });
  return { ...process.env, ...environment, ORDO_PROFILE: profile };
}

export async function migrate(env) {
  const output = await mustRun(process.execPath, [OPERATOR, 'migrate', 'up'], { env, show: false });
  return output.trimEnd().split('\n').at(-1);
}

export async function takeDown(profile) {
  await down(profile);
  return `servers of profile ${profile} are stopped, their data stays in .stack/${profile}`;
}
