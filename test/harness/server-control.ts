/** Stops, starts, freezes and thaws servers of the stack that the specs run on, through the same program as a person would. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testStack } from '@ordo/testing';
import { ROOT } from './process-log.js';

export type StackServer =
  | 'mysql-0'
  | 'mysql-1'
  | 'rabbitmq'
  | 'redis-cache'
  | 'redis-timers'
  | 'redis-promise-a'
  | 'redis-promise-b';
/** `alarm` and `calm`: the memory alarm of a broker. */
export type ServerVerb = 'start' | 'stop' | 'kill' | 'freeze' | 'thaw' | 'alarm' | 'calm';

const run = promisify(execFile);
/** A broker's start takes seconds on an idle machine. */
const PATIENCE_MS = 60_000;

/** Resolves when it is done: a started server answers its protocol. One program for all of them, because each takes half a second to begin. */
export async function control(verb: ServerVerb, ...servers: readonly StackServer[]): Promise<void> {
  const script = join(ROOT, 'scripts/stack.mjs');
  await run(process.execPath, [script, verb, ...servers, '--profile', testStack().profile], { timeout: PATIENCE_MS });
}
