/** Where the processes that a spec starts leave their output: in `.stack/<profile>/logs`, so that a failed run can be read afterwards. */
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { testStack } from '@ordo/testing';

export const ROOT = join(import.meta.dirname, '../..');

let opened = 0;

/** A new file; the caller closes the descriptor. */
export function openLog(): { readonly path: string; readonly descriptor: number } {
  const folder = join(ROOT, '.stack', testStack().profile, 'logs');
  mkdirSync(folder, { recursive: true });
  opened += 1;
  const path = join(folder, `spec-${process.pid}-${Date.now()}-${opened}.log`);
  return { path, descriptor: openSync(path, 'a') };
}
