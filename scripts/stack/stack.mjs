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
    const ways = chooseWays(profile, say);
    for (const line of describe(ways)) say(line);
    for (const [name, way] of Object.entries(WAYS)) {
      const servers = serversOn(ways, name);
      if (servers.length > 0) await way.up(profile, servers, say);
    }
    const environment = environmentOf(profile, ways);
    profile.write('env.json', environment, 0o600);
    return environment;
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

/** One of start, stop, kill, freeze, thaw on one server. */
export async function act(verb, serverName, profileName, say = silent) {
  const profile = openProfile(profileName);
  const server = serverNamed(serverName);
  const way = WAYS[profile.read('ways.json', {})[server.variable]?.way];
  if (!way) throw new Error(`${serverName} was not started by "up --profile ${profileName}", so it is left alone`);
  await withProfileLock(profile, () => way[verb](profile, server, say));
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

async function onEach(profile, verb) {
  const ways = profile.read('ways.json', {});
  for (const [name, way] of Object.entries(WAYS)) {
    await Promise.all(serversOn(ways, name).map((server) => way[verb](profile, server)));
  }
}

function describe(ways) {
  const byReason = Map.groupBy ? Map.groupBy(VARIABLES, reason) : groupBy(VARIABLES, reason);
  return [...byReason].map(([why, variables]) => `${names(variables)}: ${why}`);

  function reason(variable) {
    return `${ways[variable].way} (${ways[variable].why})`;
  }
}

function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

function names(variables) {
  return variables.flatMap((variable) => serversOf(variable).map((server) => server.name)).join(', ');
}

function environmentOf(profile, ways) {
  const environment = {};
  for (const variable of VARIABLES) {
    const { way } = ways[variable];
    environment[variable] =
      way === 'named'
        ? process.env[variable]
        : serversOf(variable)
            .map((server) => WAYS[way].url(profile, server))
            .join(',');
  }
  environment.ORDO_AUTH_KEYS = process.env.ORDO_AUTH_KEYS ?? developmentKeys(profile);
  return environment;
}

/** One HS256 key per profile: good enough where the same person runs the issuer and the verifier, and only there. */
function developmentKeys(profile) {
  const key = { kty: 'oct', kid: `ordo-${profile.name}`, alg: 'HS256', use: 'sig', k: secretsOf(profile).signingKey };
  return JSON.stringify({ keys: [key] });
}
