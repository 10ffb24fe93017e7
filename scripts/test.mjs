/**
 * npm test [-- <jest arguments>] [--keep]: every test on servers of its own (profile `test`), begun empty. First the
 * pure specs, then those that need servers. A fault test stops servers under all others, so that files run one at a
 * time on a stack; a whole run has two stacks (profile `test-2`), because a fault is mostly waiting. ORDO_TEST_STACKS=1
 * makes do with one. --keep leaves the servers up and uses them as they are next time: for a developer who repeats a file.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { takeFlag, takeOption } from './run/arguments.mjs';
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { orExit, runProgram, secondsSince, step, tool } from './run/program.mjs';
import { reportProof } from './run/proof.mjs';
import { bringUp, isInUse, migrate, takeDown } from './run/servers.mjs';
import { ROOT } from './stack/profile.mjs';

const named = takeOption(process.argv.slice(2), '--profile');
const REASON_LENGTH = 600;
const keep = takeFlag(named.rest, '--keep');
const profile = named.value ?? 'test';
const filters = keep.rest;
const total = { passed: 0, failed: 0 };
const isWhole = filters.length === 0 && !keep.value;
const profiles = isWhole && process.env.ORDO_TEST_STACKS !== '1' ? [profile, `${profile}-2`] : [profile];
const beganAt = performance.now();

const failures = [];
const broken = await orExit('test', async () => {
  await step('install', ensureInstalled);
  await step('build', ensureBuilt);
  try {
    const stacks = [];
    for (const name of profiles) {
      await step('servers', async () => {
        stacks.push(await bringUp(name, { fresh: !(keep.value && isInUse(name)) }));
      });
    }
    await step('migrate', async () => (await Promise.all(stacks.map(migrate)))[0]);
    const [env] = stacks;
    await runJest('pure', [], env);
    // Which stack is a worker's: test/stack-of-worker.mjs.
    const workers = stacks.length === 1 ? ['--runInBand'] : [`--maxWorkers=${stacks.length}`];
    await runJest('servers', workers, { ...env, ORDO_STACKS: JSON.stringify(stacks.map(ownOf)) });
  } finally {
    if (!keep.value) for (const name of profiles) await step('down', () => takeDown(name));
  }
});

if (process.exitCode) total.failed = Math.max(total.failed, 1);
reportProof('test', total.passed, total.failed, [...failures, ...broken]);
console.log(`total ${secondsSince(beganAt)}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;

/** What a stack's environment says beyond that of this process. */
function ownOf(env) {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => process.env[name] !== value));
}

async function runJest(project, options, env) {
  const file = join(ROOT, '.cache', `jest-${project}.json`);
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(file, { force: true });
  const modules = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`;
  // A filter may name files of one project only; without one, a project without tests is a mistake.
  const lenient = filters.length > 0 ? ['--passWithNoTests'] : [];
  // A case that failed half-way may leave a socket open. The run has its results by then and must end, not hang.
  const reporting = ['--json', '--outputFile', file, '--forceExit'];
  const args = ['--selectProjects', project, ...reporting, ...options, ...lenient, ...filters];
  const { code } = await runProgram(tool('jest'), args, {
    env: { ...env, NODE_OPTIONS: modules.trim() },
    show: 'errors',
  });
  count(project, code, readResult(file));
}

/**
 * A file that could not run counts as one failure. So does a skipped test in a full run: a test that does not run
 * proves nothing. What a filter leaves out is no failure.
 */
function count(project, code, result) {
  const skipped = filters.length > 0 ? 0 : (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
  const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0) + skipped;
  if (skipped > 0) console.error(`${skipped} tests of ${project} were skipped, which counts as failed`);
  if (code !== 0) failures.push(...failuresOf(result));
  total.passed += result?.numPassedTests ?? 0;
  total.failed += code !== 0 ? Math.max(failed, 1) : failed;
}

/** One line for each case or file that failed, with the beginning of its reason. */
function failuresOf(result) {
  return (result?.testResults ?? []).flatMap((file) => {
    const name = relative(ROOT, file.name);
    const cases = file.assertionResults.filter(({ status }) => status === 'failed');
    if (cases.length === 0 && file.status === 'failed') return [`${name}: ${file.message.slice(0, REASON_LENGTH)}`];
    return cases.map((one) => `${name}: ${one.fullName}: ${one.failureMessages.join(' ').slice(0, REASON_LENGTH)}`);
  });
}

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
