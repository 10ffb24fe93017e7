/**
 * npm start [-- --once]: from a clone to real orders. Installs, builds, starts the servers, migrates, starts the apps in
 * their roles and the simulated partners, and drives orders of every business type through their whole life, and a few of
 * them to their door. Then it stays up until Ctrl-C.
 * --once ends after the demonstration, with exit code 0 only if everything was as promised, and leaves the servers as
 * it found them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { takeFlag, takeOption } from './run/arguments.mjs';
import { ensureBuilt } from './run/build.mjs';
import { ensureInstalled } from './run/install.mjs';
import { mustRun, orExit, runProgram, secondsSince, step } from './run/program.mjs';
import { reportProof } from './run/proof.mjs';
import { bringUp, isInUse, migrate, OPERATOR, takeDown } from './run/servers.mjs';
import { isRunning, startService, stopService } from './run/service.mjs';
import { servicesOf, stopLeftovers } from './run/services.mjs';
import { forgetPid, ownedPid, recordSelf } from './stack/processes.mjs';
import { openProfile } from './stack/profile.mjs';

const named = takeOption(process.argv.slice(2), '--profile');
const onlyOnce = takeFlag(named.rest, '--once').value;
const profile = openProfile(named.value ?? 'dev');
const SELF = profile.pidFileOf('start');
/** The column in which remarks of a step begin (`step` in run/program.mjs). */
const REMARK_AT = 21;
const beganAt = performance.now();
const proof = { passed: 0, failed: 0 };
const stopRequested = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => stopRequested.abort(new Error('stopped on request')));

const failures = await orExit('start', async () => {
  await claimProfile();
  const leaveUp = !onlyOnce || isInUse(profile.name);
  let services;
  try {
    const env = await prepare();
    services = await servicesOf(profile, env);
    await startAndShow(env, services);
    if (!onlyOnce) await stayUp(env, services);
  } finally {
    if (services) await proven('stop', () => stopAll(services));
    forgetPid(SELF);
    if (!leaveUp) await step('down', () => takeDown(profile.name));
  }
});

if (process.exitCode) proof.failed = Math.max(proof.failed, 1);
reportProof('start', proof.passed, proof.failed, failures);
console.log(`start: ${proof.passed} steps passed, ${proof.failed} failed in ${secondsSince(beganAt)}`);
if (proof.failed > 0) process.exitCode = 1;
else if (stopRequested.signal.aborted && onlyOnce) process.exitCode = 130;

/** A step that counts; once Ctrl-C was pressed, nothing new is begun (stopping still is). */
async function proven(name, work) {
  if (name !== 'stop') stopRequested.signal.throwIfAborted();
  try {
    await step(name, work);
    proof.passed += 1;
  } catch (error) {
    proof.failed += 1;
    throw error;
  }
}

async function prepare() {
  let env;
  await proven('install', ensureInstalled);
  await proven('build', ensureBuilt);
  await proven('servers', async () => {
    env = { ...(await bringUp(profile.name)), ...demonstrationSettings() };
  });
  await proven('migrate', () => migrate(env));
  return env;
}

/**
 * The demonstration shows deadlines of seconds, where a business type's shortest is a minute. It also empties the timers' Redis: only
 * the one that this stack has started, never one that somebody else's variable names.
 */
function demonstrationSettings() {
  const isOwn = (process.env.ORDO_REDIS_TIMERS_URL ?? '') === '';
  const emptying = { ORDO_DEMONSTRATION_EMPTIES_TIMERS: isOwn ? 'yes' : 'no' };
  if (process.env.ORDO_ENVIRONMENT === 'production') return emptying;
  return { ORDO_SHORTEST_DEADLINE_SECONDS: '1', ...emptying };
}

/** Each demonstration is a command of the operator's CLI, and looks at everything itself. */
async function startAndShow(env, { groups, moved, addresses }) {
  for (const remark of moved) console.log(`           ${remark}`);
  for (const { name, services, prepare, demonstration } of groups) {
    await proven(name, async () => {
      await prepare?.();
      const started = await Promise.all(services.map((each) => startService(each)));
      return services.map((each, at) => `${each.name} ${started[at]}`).join(`\n${' '.repeat(REMARK_AT)}`);
    });
    console.log('');
    await proven(demonstration, () => demonstrate(demonstration, { ...env, ...addresses }));
    console.log('');
  }
}

async function demonstrate(command, env) {
  const { code } = await runProgram(process.execPath, [OPERATOR, command], { env });
  if (code !== 0) throw new Error(`the demonstration failed (exit code ${code}); logs are in ${profile.logs}`);
  return 'everything was as promised';
}

async function stayUp(env, services) {
  await printAddresses(env, services);
  console.log(`up after ${secondsSince(beganAt)}; Ctrl-C stops the services (the servers: npm run stack -- down)`);
  while (!stopRequested.signal.aborted) {
    for (const service of services.groups.flatMap((group) => group.services)) {
      if (!isRunning(service)) throw new Error(`${service.name} ended unexpectedly; its log is ${service.log}`);
    }
    await sleep(1_000, undefined, { signal: stopRequested.signal }).catch(() => {});
  }
}

async function printAddresses(env, { api, worker, delivery, aftersale, grpcAddress }) {
  const token = await developmentToken(env);
  const order = `{"bizType":"virtual","userId":"1001","merchantId":"2002","currency":"CNY","payAmount":500,
  "items":[{"itemId":"1","skuId":"1","name":"Gift card","quantity":1,"unitPrice":500,"packingFee":0}],
  "fees":{"delivery":0},"discounts":[],"recipient":{"name":"A","phone":"1","address":"B"}}`;
  console.log(`
REST       ${api.url}/v1/orders       health ${api.url}/health/ready   metrics ${api.url}/metrics
gRPC       ${grpcAddress}
worker     ${worker.url}/health/ready   metrics ${worker.url}/metrics
delivery   ${delivery.api.url}/docs   the simulated carrier is steered at ${delivery.carrier.url}/control
after-sale ${aftersale.api.url}/docs   the simulated payment channel is steered at ${aftersale.channel.url}/control
logs       ${profile.logs}

TOKEN=${token}
curl -s ${api.url}/v1/orders -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -H "Idempotency-Key: $(date +%s%N)" -d '${order}'
curl -s ${api.url}/v1/orders/ORDER_ID -H "Authorization: Bearer $TOKEN"
`);
}

async function developmentToken(env) {
  try {
    return (await mustRun(process.execPath, [OPERATOR, 'token', '--user', '1001'], { env, show: false })).trim();
  } catch {
    return '$(npm run -s ordo -- token --user 1001)';
  }
}

async function stopAll({ groups }) {
  const services = groups.flatMap((group) => group.services);
  const results = await Promise.all(services.map((each) => stopService(each)));
  if (results.includes(false)) throw new Error('a service did not stop by itself and was killed');
  return `${services.map(({ name }) => name).join(', ')} finished what they had accepted`;
}

/** Two starts on one profile would fight over its services; what a killed start left behind is cleared away. */
async function claimProfile() {
  const pid = ownedPid(SELF);
  if (pid !== undefined) {
    throw new Error(`another npm start (pid ${pid}) runs profile ${profile.name}; stop it, or use --profile NAME`);
  }
  recordSelf(SELF, 'start.mjs');
  const stopped = await stopLeftovers(profile);
  if (stopped.length > 0) console.log(`stopped ${stopped.join(' and ')}, left behind by an earlier start`);
}
