/**
 * Where the servers of each variable come from: named by the environment, run by Docker, or run privately.
 * The choice is made by `up` and remembered, so that `stop` and `down` act on what `up` started and on nothing else.
 */
import * as docker from './docker.mjs';
import * as installed from './private-servers.mjs';
import { adviceFor, findPrograms, installPackages, missingKinds } from './programs.mjs';
import { serversOf, VARIABLES } from './servers.mjs';

export const WAYS = {
  docker: {
    up: docker.upDocker,
    start: docker.startDocker,
    stop: docker.stopDocker,
    kill: docker.killDocker,
    freeze: docker.freezeDocker,
    thaw: docker.thawDocker,
    alarm: docker.alarmDocker,
    calm: docker.calmDocker,
    reset: docker.resetDocker,
    status: docker.statusDocker,
    url: docker.urlDocker,
  },
  private: {
    up: installed.upPrivate,
    start: installed.startPrivate,
    stop: installed.stopPrivate,
    kill: installed.killPrivate,
    freeze: installed.freezePrivate,
    thaw: installed.thawPrivate,
    alarm: installed.alarmPrivate,
    calm: installed.calmPrivate,
    reset: installed.resetPrivate,
    status: installed.statusPrivate,
    url: installed.urlPrivate,
  },
};

/** variable → { way, why }. Decides anew only for what no earlier `up` has decided: data must not change its home. */
export function chooseWays(profile, say) {
  const before = profile.read('ways.json', {});
  const written = profile.read('env.json', {});
  const ways = {};
  for (const variable of VARIABLES) {
    if (isNamed(variable, before, written)) ways[variable] = { way: 'named', why: `${variable} is set` };
    else if (before[variable] && before[variable].way !== 'named') ways[variable] = before[variable];
  }
  const open = VARIABLES.filter((variable) => !ways[variable]);
  if (open.length > 0) {
    const chosen = chooseForMachine();
    for (const variable of open) ways[variable] = chosen;
  }
  if (Object.values(ways).some(({ way }) => way === 'private')) installMissing(ways, say);
  profile.write('ways.json', ways);
  return ways;
}

/**
 * A value that an earlier `up` chose itself does not count: a test that runs with the variables of env.json and calls
 * `up` means the servers of this stack, not foreign ones.
 */
function isNamed(variable, before, written) {
  const value = process.env[variable];
  return Boolean(value) && (value !== written[variable] || before[variable]?.way === 'named');
}

function chooseForMachine() {
  const why = docker.whyNoDocker();
  if (why === undefined) return { way: 'docker', why: 'a Docker engine with compose answers' };
  return { way: 'private', why: `${why}; servers of this machine on private ports` };
}

function installMissing(ways, say) {
  const kinds = kindsOf(ways, 'private');
  const missing = missingKinds(findPrograms(), kinds);
  if (missing.length === 0) return;
  installPackages(missing, say);
  const still = missingKinds(findPrograms(), kinds);
  if (still.length > 0) throw new Error(adviceFor(still));
}

export function serversOn(ways, wanted) {
  return VARIABLES.filter((variable) => ways[variable]?.way === wanted).flatMap((variable) => serversOf(variable));
}

function kindsOf(ways, wanted) {
  return [...new Set(serversOn(ways, wanted).map((server) => server.kind))];
}
