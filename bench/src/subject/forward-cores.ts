/**
 * `--apart` (scripts/run/apart.mjs): what belongs to the forward path keeps to its cores; everything else inherits the others from the bench
 * itself. Without it, programs run where they like.
 */
import { execFileSync } from 'node:child_process';

export const isApart = (): boolean => process.env['ORDO_BENCH_FORWARD_CORES'] !== undefined;

/** A program with all its threads; what it starts later inherits it. */
export function holdForward(pid: number | undefined): void {
  const cores = process.env['ORDO_BENCH_FORWARD_CORES'];
  if (cores === undefined || pid === undefined) return;
  execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(pid)], { stdio: 'ignore' });
}
