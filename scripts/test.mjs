/**
 * npm test [-- <jest arguments>] [--keep]: every test on servers of its own (profile `test`), begun empty. The pure
 * specs run while the servers come up, then those that need servers. A fault test stops servers under all others, so
 * that files run one at a time on a stack; a whole run has two stacks (profile `test-2`), because a fault is mostly
 * waiting. ORDO_TEST_STACKS=1 makes do with one. --keep leaves the servers up and uses them as they are next time: for
 * a developer who repeats a file.
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
const MOST_AGAIN = 8;
const keep = takeFlag(named.rest, '--keep');
const profile = named.value ?? 'test';
const filters = keep.rest;
const total = { passed: 0, failed: 0 };
const stackCount = Number(process.env.ORDO_TEST_STACKS ?? (filters.length === 0 && !keep.value ? 2 : 1));
const profiles = stackCount === 1 ? [profile] : [profile, `${profile}-2`];
const beganAt = performance.now();

const failures = [];
const broken = await orExit('test', async () => {
  await step('install', ensureInstalled);
  await step('build', ensureBuilt);
  try {
    // Servers come up waiting for disks, specs wait for nothing. A stack that fails must not end the run under them.
    const [{ value: pure, reason: crash }, { value: stacks, reason }] = await Promise.allSettled([
      runPure(),
      prepare(),
    ]);
    if (crash !== undefined || reason !== undefined) throw crash ?? reason;
    count('pure', pure);
    const [env] = stacks;
    // Which stack is a worker's: test/stack-of-worker.mjs.
    const workers = stacks.length === 1 ? ['--runInBand'] : [`--maxWorkers=${stacks.length}`];
    const stacksOfWorkers = { ORDO_STACKS: JSON.stringify(stacks.map(ownOf)) };
    const servers = await runJest('servers', [...workers, ...filters], { ...env, ...stacksOfWorkers });
    if (stacks.length === 1) count('servers', servers);
    else await countAlone(servers);
  } finally {
    if (!keep.value) for (const name of profiles) await step('down', () => takeDown(name));
  }
});

if (process.exitCode) total.failed = Math.max(total.failed, 1);
reportProof('test', total.passed, total.failed, [...failures, ...broken]);
console.log(`total ${secondsSince(beganAt)}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;

/** As many workers as cores: a pure spec waits for nobody, so that one more would only take turns. */
function runPure() {
  return runJest('pure', filters.length === 0 ? ['--maxWorkers=100%'] : filters, process.env);
}

/** One stack after the other, because both choose among the same free ports; migrations side by side. */
async function prepare() {
  const stacks = [];
  for (const name of profiles) {
    await step('servers', async () => {
      stacks.push(await bringUp(name, { fresh: !(keep.value && isInUse(name)) }));
    });
  }
  await step('migrate', async () => (await Promise.all(stacks.map(migrate)))[0]);
  return stacks;
}

/** What a stack's environment says beyond that of this process. */
function ownOf(env) {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => process.env[name] !== value));
}

/** The exit code, and what jest wrote down of each file: undefined when it did not get that far. */
async function runJest(project, options, env) {
  const file = join(ROOT, '.cache', `jest-${project}.json`);
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  rmSync(file, { force: true });
  const modules = `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`;
  // A filter may name files of one project only; without one, a project without tests is a mistake.
  const lenient = filters.length > 0 ? ['--passWithNoTests'] : [];
  // A case that failed half-way may leave a socket open. The run has its results by then and must end, not hang.
  const reporting = ['--json', '--outputFile', file, '--forceExit'];
  const args = ['--selectProjects', project, ...reporting, ...lenient, ...options];
  const { code } = await runProgram(tool('jest'), args, {
    env: { ...env, NODE_OPTIONS: modules.trim() },
    show: 'errors',
  });
  return { code, files: readFiles(file) };
}

/**
 * Bounds on time are those of a file that has the machine: one that failed beside another is run again alone, on an
 * empty stack, and its verdict is that of the second run. Both are printed; many failures are no accident and stand.
 */
async function countAlone({ code, files }) {
  const failed = (files ?? []).filter(({ status }) => status === 'failed');
  if (failed.length === 0 || failed.length > MOST_AGAIN) return count('servers', { code, files });
  count('servers', { code: 0, files: files.filter((file) => !failed.includes(file)) });
  for (const line of failuresOf(failed)) console.log(`beside another: ${line}`);
  for (const name of profiles) await takeDown(name);
  const env = await bringUp(profile, { fresh: true });
  await migrate(env);
  const names = failed.map(({ name }) => name);
  console.log(`run again alone: ${names.map((name) => relative(ROOT, name)).join(', ')}`);
  count('servers', await runJest('servers', ['--runInBand', '--runTestsByPath', ...names], env));
}

/**
 * A file that could not run counts as one failure. So does a skipped test in a full run: a test that does not run
 * proves nothing. What a filter leaves out is no failure.
 */
function count(project, { code, files = [] }) {
  const cases = files.flatMap(({ assertionResults }) => assertionResults.map(({ status }) => status));
  const having = (...statuses) => cases.filter((status) => statuses.includes(status)).length;
  const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.every(isNoFailure)).length;
  const skipped = filters.length > 0 ? 0 : having('pending', 'todo', 'skipped', 'disabled');
  if (skipped > 0) console.error(`${skipped} tests of ${project} were skipped, which counts as failed`);
  const failed = having('failed') + broken + skipped;
  if (code !== 0) failures.push(...failuresOf(files));
  total.passed += having('passed');
  total.failed += code !== 0 ? Math.max(failed, 1) : failed;
}

function isNoFailure({ status }) {
  return status !== 'failed';
}

/** One line for each case or file that failed, with the beginning of its reason. */
function failuresOf(files) {
  return files.flatMap((file) => {
    const name = relative(ROOT, file.name);
    const cases = file.assertionResults.filter(({ status }) => status === 'failed');
    if (cases.length === 0 && file.status === 'failed') return [`${name}: ${file.message.slice(0, REASON_LENGTH)}`];
    return cases.map((one) => `${name}: ${one.fullName}: ${one.failureMessages.join(' ').slice(0, REASON_LENGTH)}`);
  });
}

function readFiles(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return undefined;
  }
}
