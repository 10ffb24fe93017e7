import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eventCatalogue } from '@ordo/contracts';
import { parse } from 'yaml';
import { assertSpace, spaced } from './space.rules.js';
import { InvalidTopology } from './topology.errors.js';
import type { Topology } from './topology.js';
import { type KnownEvents, problemsOf, queuesOf, streamsOf } from './topology-file.rules.js';
import type { TopologyFile } from './topology-file-schema.js';

export interface LoadTopologyOptions {
  /** Default: those of the event catalogue. */
  readonly knownEvents?: KnownEvents;
  /** Prefix of every name (`ORDO_SPACE`). Default: none. */
  readonly space?: string;
}

interface ReadFile {
  readonly name: string;
  readonly content: unknown;
  readonly problems: readonly string[];
}

/**
 * Reads every `*.yaml` of the directory. Throws {@link InvalidTopology} with all problems of all files at once. A binding may
 * name only events of the catalogue: a misspelt one would be a queue that stays empty, and nobody would know.
 */
export function loadTopology(
  directory: string,
  { knownEvents = cataloguedEvents(), space = '' }: LoadTopologyOptions = {},
): Topology {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
  const files = names.map((name) => readTopologyFile(directory, name, knownEvents));
  const problems = files.flatMap(({ name, problems: own }) => own.map((problem) => `${name}: ${problem}`));
  if (files.length === 0) problems.push(`${directory}: no topology file (*.yaml)`);
  if (problems.length > 0) throw new InvalidTopology(problems);
  return assembleTopology(
    files.map(({ content }) => content as TopologyFile),
    space,
  );
}

/** The folder `topology` of the repository that holds this file, found from `src` and from `dist` alike. */
export function topologyDirectory(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const topology = join(folder, 'topology');
    if (existsSync(join(folder, 'package.json')) && existsSync(topology)) return topology;
  }
  throw new InvalidTopology([`no folder "topology" beside a package.json above ${import.meta.dirname}`]);
}

/** Joins checked files, named as in `space`. Throws {@link InvalidTopology} if two of them speak of the same exchange or queue. */
export function assembleTopology(files: readonly TopologyFile[], space = ''): Topology {
  assertSpace(space);
  const exchanges = files.map(({ exchange }) => spaced(space, exchange));
  const queues = files.flatMap((file) => queuesOf(file, space));
  const repeated = [...repeatsIn(exchanges), ...repeatsIn(queues.map(({ name }) => name))];
  if (repeated.length > 0) throw new InvalidTopology(repeated.map((name) => `${name} is defined twice`));
  return { space, exchanges, streams: files.flatMap((file) => streamsOf(file, space)), queues };
}

function readTopologyFile(directory: string, name: string, knownEvents: KnownEvents): ReadFile {
  try {
    const content: unknown = parse(readFileSync(join(directory, name), 'utf8'));
    return { name, content, problems: problemsOf(content, knownEvents) };
  } catch (cause) {
    return { name, content: undefined, problems: [cause instanceof Error ? cause.message : String(cause)] };
  }
}

function repeatsIn(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function cataloguedEvents(): KnownEvents {
  const known: Record<string, string[]> = {};
  for (const { exchange, routingEvent } of Object.values(eventCatalogue)) {
    const events = known[exchange] ?? [];
    known[exchange] = [...events, routingEvent];
  }
  return known;
}
