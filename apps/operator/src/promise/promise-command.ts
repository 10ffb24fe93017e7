/** `promise status | load | force | recover`: the rooms that promises come from. */
import { setTimeout as sleep } from 'node:timers/promises';
import { transient } from '@ordo/contracts';
import type { Command } from 'commander';
import { DeliveryApi } from '../terminal/delivery-api.js';
import { print, tell } from '../terminal/print.js';
import { isSettled, type PromiseStatusView, promiseReport } from './promise-status.js';

interface LoadOptions {
  readonly full?: boolean;
  readonly changes?: boolean;
  readonly lanes?: string;
  readonly room?: string;
  readonly wait: string;
}

interface ForceOptions {
  readonly read: string;
  readonly write: string;
  readonly reason?: string;
}

const STATUS = '/v1/promise-rooms';
const LOOK_EVERY_MS = 200;
/** A million lanes take some ten seconds. */
const LOAD_SECONDS = '120';
/** The switch is obeyed within two seconds; an instance that died is waited for until it counts as gone. */
const OBEYED_WITHIN_MS = 15_000;
const MS_PER_SECOND = 1_000;

export function registerPromise(program: Command): void {
  const promise = program.command('promise').description('promises: rooms, loads and switches (ORDO_DELIVERY_URL)');
  promise
    .command('status')
    .description('the switch and who obeys it, the rooms and what they owe; exit code 2 unless all is well')
    .action(async () => {
      const status = await (await DeliveryApi.open()).get<PromiseStatusView>(STATUS);
      promiseReport(status).forEach(print);
      if (!status.isObeyed || !isSettled(status)) process.exitCode = 2;
    });
  promise
    .command('load')
    .description('have rooms loaded: in full, what changed, or named lanes')
    .option('--full', 'everything')
    .option('--changes', 'what waits for a later try, at once (the default)')
    .option('--lanes <names>', 'comma-separated, each origin|destination|product')
    .option('--room <name>', 'A or B; default both')
    .option('--wait <seconds>', 'how long to wait for its end; 0: not at all', LOAD_SECONDS)
    .action(async (options: LoadOptions) => load(await DeliveryApi.open(), options));
  promise
    .command('force')
    .description('say which rooms are read and written; waits until every instance obeys')
    .requiredOption('--read <choice>', 'AUTO, A, B or NONE')
    .requiredOption('--write <choice>', 'BOTH, A or B')
    .option('--reason <text>', 'why, for whoever looks next')
    .action(async (options: ForceOptions) => force(await DeliveryApi.open(), options));
  promise
    .command('recover')
    .description('bring back a room that was left out: write both, load in full, read both')
    .action(async () => recover(await DeliveryApi.open()));
}

async function load(api: DeliveryApi, { full, lanes, room, wait }: LoadOptions): Promise<void> {
  const named = lanes?.split(',').map((lane) => ({ lane: lane.trim() }));
  const mode = full === true ? 'FULL' : named === undefined ? 'CHANGES' : 'NAMED';
  const body = { mode, ...(room === undefined ? {} : { room }), ...(named === undefined ? {} : { lanes: named }) };
  await api.send('POST', `${STATUS}/loads`, body);
  const waitMs = Number(wait) * MS_PER_SECOND;
  if (waitMs > 0) await until(api, (status) => isSettled(status, room), 'the load has not ended', waitMs);
  promiseReport(await api.get<PromiseStatusView>(STATUS)).forEach(print);
}

async function force(api: DeliveryApi, { read, write, reason }: ForceOptions): Promise<void> {
  const begunMs = performance.now();
  const body = { readFrom: read, writeTo: write, ...(reason === undefined ? {} : { reason }) };
  await api.send('PUT', `${STATUS}/switch`, body);
  await until(api, ({ isObeyed }) => isObeyed, 'some instances do not obey yet', OBEYED_WITHIN_MS);
  tell(`obeyed by every instance after ${Math.round(performance.now() - begunMs)} ms`);
  promiseReport(await api.get<PromiseStatusView>(STATUS)).forEach(print);
}

/** In this order and no other: read before it is full, a room would answer with old lanes or none. */
async function recover(api: DeliveryApi): Promise<void> {
  const { switch: before } = await api.get<PromiseStatusView>(STATUS);
  tell('1 of 3: write both rooms');
  await force(api, { read: before.readFrom, write: 'BOTH', reason: 'recovery' });
  tell('2 of 3: load both in full');
  await load(api, { full: true, wait: LOAD_SECONDS });
  tell('3 of 3: read both rooms');
  await force(api, { read: 'AUTO', write: 'BOTH', reason: 'recovery' });
}

async function until(
  api: DeliveryApi,
  holds: (status: PromiseStatusView) => boolean,
  otherwise: string,
  withinMs: number,
): Promise<void> {
  const giveUpMs = performance.now() + withinMs;
  while (!holds(await api.get<PromiseStatusView>(STATUS))) {
    if (performance.now() > giveUpMs) {
      throw transient('REQUEST_TIMEOUT', `${otherwise} after ${withinMs / MS_PER_SECOND} s: promise status`, withinMs);
    }
    await sleep(LOOK_EVERY_MS);
  }
}
