/** One figure: what was measured beside its floor, on what, from which commit. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { round } from './quantiles.js';

const FOLDER = 'bench/results';

export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: number;
  readonly met: boolean;
}

export interface Figure {
  readonly name: string;
  readonly perSec: number;
  readonly floorPerSec: number;
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly goals: readonly Goal[];
  /** Everything that was measured, round by round, and how. */
  readonly details: Readonly<Record<string, unknown>>;
}

const commit = (): string => {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const sources = ['apps', 'libs', 'migrations', 'bench/src', 'topology'];
  const changed = git('status', '--porcelain', '--', ...sources) !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${changed ? '+changes' : ''}`;
};

const machine = (database: string): Record<string, unknown> => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${process.platform} ${release()}`,
  node: process.version,
  database,
});

/** Writes bench/results/<name>.json and prints the figure as a table. */
export function report(figure: Figure, database: string): void {
  const { details, goals, ...numbers } = figure;
  const facts = {
    ...numbers,
    machine: machine(database),
    commit: commit(),
    measuredAt: new Date().toISOString(),
    goals,
    details,
  };
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${figure.name}.json`), `${JSON.stringify(facts, undefined, 2)}\n`);
  console.log(tableOf(figure));
}

export function tableOf({ name, perSec, floorPerSec, ratio, p50Ms, p99Ms, goals }: Figure): string {
  const rows: [string, string, string][] = [
    ['', name, 'floor'],
    ['per second', String(Math.round(perSec)), String(Math.round(floorPerSec))],
    ['ratio', `${round(ratio)} ×`, '1 ×'],
    ['answer p50', `${p50Ms} ms`, ''],
    ['answer p99', `${p99Ms} ms`, ''],
  ];
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length));
  const line = (row: [string, string, string]): string =>
    `  ${row[0].padEnd(width(0))}  ${row[1].padStart(width(1))}  ${row[2].padStart(width(2))}`;
  const marks = goals.map(
    ({ what, goal, measured, met }) => `  ${met ? 'met   ' : 'MISSED'}  ${what}: ${round(measured)} (goal ${goal})`,
  );
  return ['', ...rows.map(line), '', ...marks, ''].join('\n');
}
