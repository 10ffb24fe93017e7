/**
 * Which server programs are on this machine, and how to get them where they are missing.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const EXTRA_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
];
const RABBIT_HOMES = [
  '/usr/lib/rabbitmq/lib',
  '/opt/homebrew/opt/rabbitmq',
  '/usr/local/opt/rabbitmq',
  '/opt/rabbitmq',
];
const PACKAGES = { mysql: 'mariadb-server', rabbitmq: 'rabbitmq-server', redis: 'redis-server' };
const POLICY = '/usr/sbin/policy-rc.d';

/** Everything that was found; what is missing is undefined. */
export function findPrograms() {
  const mysqld = findOnPath('mariadbd') ?? findOnPath('mysqld');
  return {
    mysqld,
    isMariaDb: mysqld !== undefined && /mariadb/i.test(versionOf(mysqld)),
    mariadbInstallDb: findOnPath('mariadb-install-db') ?? findOnPath('mysql_install_db'),
    mysqlAccount: accountNamed('mysql'),
    redisServer: findOnPath('redis-server') ?? findOnPath('valkey-server'),
    rabbitmqServer: findRabbit(),
    erl: findOnPath('erl'),
    epmd: findEpmd(),
    statOf: statSync,
  };
}

/** The kinds ('mysql', 'rabbitmq', 'redis') among `kinds` that cannot be started with these programs. */
export function missingKinds(programs, kinds) {
  const present = {
    mysql: programs.mysqld && (programs.mariadbInstallDb || !programs.isMariaDb),
    rabbitmq: programs.rabbitmqServer && programs.erl && programs.epmd,
    redis: programs.redisServer,
  };
  return kinds.filter((kind) => !present[kind]);
}

/** Installs the packages of the kinds, without letting the package manager start or keep any service of its own. */
export function installPackages(kinds, say) {
  const packages = kinds.map((kind) => PACKAGES[kind]);
  const asRoot = rootPrefix();
  if (!findOnPath('apt-get') || asRoot === undefined) throw new Error(adviceFor(kinds));
  say(`installing ${packages.join(', ')} with apt-get (services stay off)`);
  const policyIsOurs = asRoot.length === 0 && !existsSync(POLICY);
  // 101 is the answer "not allowed": no maintainer script may start a service on a standard port.
  if (policyIsOurs) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    run([...asRoot, 'apt-get', 'update', '-qq'], kinds);
    run(
      [...asRoot, ...quiet(asRoot), 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages],
      kinds,
    );
    if (asRoot.length > 0) stopServices(asRoot, kinds);
  } finally {
    if (policyIsOurs) rmSync(POLICY, { force: true });
  }
}

export function adviceFor(kinds) {
  const packages = kinds.map((kind) => PACKAGES[kind]).join(' ');
  return [
    `no way to run ${kinds.join(', ')} on this machine. Any one of these helps:`,
    '  - start Docker (with the compose plugin), or',
    `  - as root: apt-get update && apt-get install -y ${packages}`,
    '    (elsewhere: MariaDB >= 10.11 or MySQL >= 8.0, RabbitMQ >= 3.10 with Erlang, Redis >= 6.2 on the PATH), or',
    '  - name running servers: ORDO_MYSQL_NODES, ORDO_AMQP_URL, ORDO_REDIS_CACHE_URL, ORDO_REDIS_TIMERS_URL, ORDO_REDIS_PROMISE_URLS',
  ].join('\n');
}

export function findOnPath(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...EXTRA_FOLDERS];
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function versionOf(program) {
  try {
    return execFileSync(program, ['--no-defaults', '--version'], { encoding: 'utf8', timeout: 10_000 });
  } catch {
    return '';
  }
}

/** The `sbin/rabbitmq-server` of the release; a wrapper on the PATH only as a hint where the release lies. */
function findRabbit() {
  const homes = RABBIT_HOMES.flatMap((home) => [home, ...foldersIn(home)]);
  const direct = homes.map((home) => join(home, 'sbin', 'rabbitmq-server')).find(isExecutable);
  if (direct) return direct;
  const onPath = findOnPath('rabbitmq-server');
  if (!onPath) return undefined;
  const real = realpathSync(onPath);
  return real.endsWith('/sbin/rabbitmq-server') ? real : undefined;
}

function foldersIn(path) {
  return existsSync(path)
    ? readdirSync(path)
        .sort()
        .reverse()
        .map((name) => join(path, name))
    : [];
}

function findEpmd() {
  const onPath = findOnPath('epmd');
  const erl = findOnPath('erl');
  if (onPath || !erl) return onPath;
  const home = join(dirname(realpathSync(erl)), '..');
  return [join(home, 'bin', 'epmd'), ...foldersIn(home).map((part) => join(part, 'bin', 'epmd'))].find(isExecutable);
}

function accountNamed(name) {
  if (!existsSync('/etc/passwd')) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return line ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
}

/** [] as root, ['sudo', …] where sudo works or a person can type the password, undefined where neither. */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!findOnPath('sudo')) return undefined;
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) return ['sudo', '-n'];
  return process.stdin.isTTY ? ['sudo'] : undefined;
}

/** sudo drops the environment, so the variable has to be named behind it. */
function quiet(asRoot) {
  return asRoot.length > 0 ? ['env', 'DEBIAN_FRONTEND=noninteractive'] : [];
}

function run([program, ...args], kinds) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stdout, stderr } = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  if (status === 0) return;
  const tail = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-8).join('\n');
  throw new Error(`${program} ${args.join(' ')} failed:\n${tail}\n${adviceFor(kinds)}`);
}

/** With sudo no policy file was written, so a service that its package has just started is switched off again. */
function stopServices(asRoot, kinds) {
  if (!findOnPath('systemctl')) return;
  const units = { mysql: 'mariadb', rabbitmq: 'rabbitmq-server', redis: 'redis-server' };
  for (const kind of kinds) {
    spawnSync(asRoot[0], [...asRoot.slice(1), 'systemctl', 'disable', '--now', units[kind]], { stdio: 'ignore' });
  }
}
