/**
 * node scripts/stack.mjs up [<server>…] | down|status|reset | start|stop|kill|freeze|thaw|alarm|calm <server>… [--profile dev|test]
 *
 * Two MySQL nodes, RabbitMQ and four Redis, from the environment, from Docker or from this machine's own programs.
 */
import { takeOption } from './run/arguments.mjs';
import { SERVERS } from './stack/servers.mjs';
import { act, down, reset, status, up, upOnly } from './stack/stack.mjs';

const VERBS_OF_SOME = ['start', 'stop', 'kill', 'freeze', 'thaw', 'alarm', 'calm'];
const USAGE = `usage: node scripts/stack.mjs up [SERVER…] [--profile NAME]
       node scripts/stack.mjs down|status|reset [--profile NAME]
       node scripts/stack.mjs ${VERBS_OF_SOME.join('|')} SERVER… [--profile NAME]
servers: ${SERVERS.map((server) => server.name).join(', ')}`;

const { value, rest: words } = takeOption(process.argv.slice(2), '--profile');
const profile = value ?? process.env.ORDO_PROFILE ?? 'dev';
const [verb, ...servers] = words;
const beganAt = Date.now();

try {
  await run();
} catch (error) {
  console.error(`stack: ${error.message}`);
  process.exitCode = 1;
}

async function run() {
  if (verb === 'up' && servers.length > 0) await upOnly(profile, servers, say);
  else if (verb === 'up') await up(profile, say);
  else if (verb === 'down') await down(profile);
  else if (verb === 'reset') await reset(profile);
  else if (verb === 'status') return printStatus();
  else if (VERBS_OF_SOME.includes(verb) && servers.length > 0) await actOnEach();
  else throw new Error(`unknown command\n${USAGE}`);
  say(`${words.join(' ')} of profile ${profile}: done in ${((Date.now() - beganAt) / 1000).toFixed(1)} s`);
  if (verb === 'up') printStatus();
}

async function actOnEach() {
  for (const server of servers) await act(verb, server, profile, say);
}

function printStatus() {
  const rows = status(profile);
  for (const row of rows) {
    const pid = row.pid === undefined ? '' : `pid ${row.pid}`;
    console.log(
      `${row.name.padEnd(16)} ${row.state.padEnd(7)} ${row.way.padEnd(8)} ${row.address.padEnd(18)} ${pid}`.trimEnd(),
    );
  }
}

function say(line) {
  console.log(`stack: ${line}`);
}
