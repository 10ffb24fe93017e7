/** The built operator's CLI, as `npm run ordo` calls it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './process-log.js';

const MAIN = join(ROOT, 'dist/apps/operator/src/main.js');

export interface CommandOutcome {
  readonly code: number;
  /** Standard output. */
  readonly lines: readonly string[];
  readonly complaint: string;
}

export function ordo(...args: readonly string[]): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    execFile(process.execPath, [MAIN, ...args], { cwd: ROOT, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, lines: stdout.trimEnd().split('\n'), complaint: stderr.trimEnd() });
    });
  });
}
