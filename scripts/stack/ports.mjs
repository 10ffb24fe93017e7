/**
 * Free private ports, kept for the life of a profile. The range lies below the ephemeral ports of Linux (32768 on),
 * so that no client connection ever sits on one while its server restarts, and holds no well-known server.
 */
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { readJson, STACK_ROOT } from './profile.mjs';

const LOWEST = 21_000;
const HIGHEST = 31_999;

/** True when nothing listens on this port of the loopback address. */
export function isFree(port) {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once('error', () => answer(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => answer(true)));
  });
}

/** The remembered port of each name; new ones are chosen free, and never one that another profile keeps. */
export async function portsFor(profile, names) {
  const ports = profile.read('ports.json', {});
  const taken = portsOfAllProfiles();
  for (const name of names) ports[name] ??= await chooseFree(taken);
  profile.write('ports.json', ports);
  return ports;
}

/** Gives a name another port: only for a server that is down and whose port somebody else took meanwhile. */
export async function movePort(profile, name) {
  const ports = profile.read('ports.json', {});
  ports[name] = await chooseFree(portsOfAllProfiles());
  profile.write('ports.json', ports);
  return ports[name];
}

async function chooseFree(taken) {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`found no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
}

function portsOfAllProfiles() {
  const taken = new Set();
  if (!existsSync(STACK_ROOT)) return taken;
  for (const entry of readdirSync(STACK_ROOT)) {
    for (const port of Object.values(readJson(join(STACK_ROOT, entry, 'ports.json'), {}))) taken.add(port);
  }
  return taken;
}
