/**
 * The stack as functions: what `node scripts/stack.mjs` offers on the command line, for the other scripts.
 * Every function is safe to repeat; those that change something hold the lock of the profile.
 */
import { rmSync } from 'node:fs';
import { openProfile, secretsOf, withProfileLock } from './profile.mjs';
import { SERVERS, serverNamed, serversOf, VARIABLES } from './servers.mjs';
import { chooseWays, serversOn, WAYS } from './ways.mjs';

const silent = () => {};

/** Brings every server up, waits until each answers its protocol, writes env.json and returns its content. */
export async function up(profileName, say = silent) {
  const profile = openProfile(profileName);
  return withProfileLock(profile, async () => {
    const before = profile.read('ways.json', {});
    const ways = chooseWays(profile, say);
    for (const line of describe(ways)) say(line);
    await stopReplaced(profile, before, ways);
    for (const [name, way] of Object.entries(WAYS)) {
      const servers = serversOn(ways, name);
      if (servers.length > 0) await way.up(profile, servers, say);
    }
    return writeEnvironment(profile, ways);
  });
}

/** Brings up these servers only, for whoever needs one more broker; answers the variables that they make up whole. */
export async function upOnly(profileName, names, say = silent) {
  const profile = openProfile(profileName);
  const wanted = names.map(serverNamed);
  return withProfileLock(profile, async () => {
    const ways = chooseWays(profile, say);
    for (const [name, way] of Object.entries(WAYS)) {
      const servers = serversOn(ways, name).filter((server) => wanted.includes(server));
      if (servers.length > 0) await way.up(profile, servers, say);
    }
    const whole = VARIABLES.filter((variable) => serversOf(variable).every((server) => wanted.includes(server)));
    return writeEnvironment(profile, ways, whole);
  });
}

/** Graceful stop of every server that `up` started; data, ports and passwords stay. */
export async function down(profileName) {
  const profile = openProfile(profileName);
  await withProfileLock(profile, () => onEach(profile, 'stop'));
}

/** Stops the servers and removes their data; ports and passwords stay, so addresses do not change. */
export async function reset(profileName) {
  const profile = openProfile(profileName);
  await withProfileLock(profile, async () => {
    await onEach(profile, 'reset');
    rmSync(profile.file('ways.json'), { force: true });
  });
}

/** One of start, stop, kill, freeze, thaw on one server; alarm and calm on a broker (its memory alarm). */
export async function act(verb, serverName, profileName, say = silent) {
  const profile = openProfile(profileName);
  const server = serverNamed(serverName);
  const ways = profile.read('ways.json', {});
  const way = WAYS[ways[server.variable]?.way];
  if (['alarm', 'calm'].includes(verb) && server.kind !== 'rabbitmq') throw new Error(`${verb} is for a broker`);
  if (!way) throw new Error(`${serverName} was not started by "up --profile ${profileName}", so it is left alone`);
  await withProfileLock(profile, async () => {
    await way[verb](profile, server, say);
    // A start may have had to move to another port.
    const known = Object.keys(profile.read('env.json', {}));
    if (verb === 'start')
      writeEnvironment(
        profile,
        ways,
        VARIABLES.filter((variable) => known.includes(variable)),
      );
  });
}

/** name, state ('up' | 'down' | 'frozen' | 'named'), address, pid and way of each server. */
export function status(profileName) {
  const profile = openProfile(profileName);
  const ways = profile.read('ways.json', {});
  const environment = profile.read('env.json', {});
  return SERVERS.map((server) => {
    const chosen = ways[server.variable]?.way;
    if (chosen === undefined) return { name: server.name, state: 'down', address: '-', way: '-' };
    if (chosen !== 'named') return { ...WAYS[chosen].status(profile, server), way: chosen };
    const index = serversOf(server.variable).indexOf(server);
    const url = environment[server.variable]?.split(',')[index] ?? '-';
    return { name: server.name, state: 'named', address: url.replace(/\/\/[^@/]*@/, '//'), way: 'named' };
  });
}

/** The variables that `up` wrote, or undefined before the first `up`. */
export function environmentAt(profileName) {
  return openProfile(profileName).read('env.json', undefined);
}

/** Every way and not only the chosen one: servers that an earlier `up` started may have been named away since. */
async function onEach(profile, verb) {
  const inDocker = serversOn(profile.read('ways.json', {}), 'docker');
  for (const server of inDocker) await WAYS.docker[verb](profile, server);
  await Promise.all(
    SERVERS.filter((server) => !inDocker.includes(server)).map((server) => WAYS.private[verb](profile, server)),
  );
}

/** A server of ours that a variable now replaces is of no use any more. */
async function stopReplaced(profile, before, ways) {
  for (const variable of VARIABLES) {
    const earlier = WAYS[before[variable]?.way];
    if (!earlier || ways[variable].way === before[variable].way) continue;
    await Promise.all(serversOf(variable).map((server) => earlier.stop(profile, server)));
  }
}

function describe(ways) {
  const byReason = new Map();
  for (const variable of VARIABLES) {
    const reason = `${ways[variable].way} (${ways[variable].why})`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), variable]);
  }
  return [...byReason].map(([reason, variables]) => `${names(variables)}: ${reason}`);
}

function names(variables) {
  return variables.flatMap((variable) => serversOf(variable).map((server) => server.name)).join(', ');
}

function writeEnvironment(profile, ways, variables = VARIABLES) {
  const before = profile.read('env.json', {});
  const environment = {};
  for (const variable of variables) {
    const { way } = ways[variable];
    environment[variable] =
      way === 'named'
        ? (process.env[variable] ?? before[variable])
        : serversOf(variable)
            .map((server) => WAYS[way].url(profile, server))
            .join(',');
  }
  environment.ORDO_AUTH_KEYS = process.env.ORDO_AUTH_KEYS ?? developmentKeys(profile);
  const { deliverySecret, carrierSecret } = secretsOf(profile);
  environment.ORDO_DELIVERY_SECRETS = process.env.ORDO_DELIVERY_SECRETS ?? deliverySecret;
  environment.ORDO_CARRIER_SECRETS = process.env.ORDO_CARRIER_SECRETS ?? carrierSecret;
  profile.write('env.json', environment, 0o600);
  return environment;
}

/** One HS256 key per profile: good enough where the same person runs the issuer and the verifier, and only there. */
function developmentKeys(profile) {
  const key = { kty: 'oct', kid: `ordo-${profile.name}`, alg: 'HS256', use: 'sig', k: secretsOf(profile).signingKey };
  return JSON.stringify({ keys: [key] });
}
