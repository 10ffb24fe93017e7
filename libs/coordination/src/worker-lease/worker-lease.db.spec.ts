/** Who may have a worker id, and from which second on: leases on a real server, in a control schema of this spec's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock, Transient } from '@ordo/kernel';
import {
  BORROW_SECONDS,
  decodeOrderNumber,
  msOfDateTime,
  type NodePool,
  NodePools,
  NUMBER_EPOCH_MS,
  nodeUnavailable,
  OrderNumberGenerator,
  quote,
} from '@ordo/sharding';
import { isDeadHere, processIdentity } from '../identity/process-identity.js';
import { WorkerLease, type WorkerLeaseOptions } from './worker-lease.js';

const URLS = process.env['ORDO_MYSQL_NODES'];
const SCHEMA = `ordo_spec_lease_${process.pid}`;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No owner of this host: never judged dead, so only expiry and release free what it holds. */
const STRANGER = 'other-host:1';

let pools: NodePools;
let pool: NodePool;
let leases: WorkerLease[];
let children: ChildProcess[];

beforeAll(async () => {
  if (URLS === undefined)
    throw new Error('ORDO_MYSQL_NODES is not set: start the stack with `npm run stack -- up --profile test`');
  pools = new NodePools([URLS.split(',')[0] ?? '']);
  pool = pools.at(0);
  await pool.query(`CREATE DATABASE ${SCHEMA}`);
  await pool.query(`CREATE TABLE ${SCHEMA}.lease LIKE ordo_control.lease`);
});

beforeEach(async () => {
  leases = [];
  children = [];
  await pool.query(`DELETE FROM ${SCHEMA}.lease`);
});

afterEach(async () => {
  await Promise.all(leases.map((lease) => lease.release()));
  for (const child of children) child.kill('SIGKILL');
});

afterAll(async () => {
  await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

async function acquire(options: WorkerLeaseOptions = {}, on: NodePool = pool): Promise<WorkerLease> {
  const lease = await WorkerLease.acquire(on, { schema: SCHEMA, renewEveryMs: 0, owner: STRANGER, ...options });
  leases.push(lease);
  return lease;
}

async function rowOf(workerId: number) {
  const [row] = await pool.query(
    `SELECT owner, epoch, expires_at, memo, UTC_TIMESTAMP(3) AS now FROM ${SCHEMA}.lease WHERE slot = ${workerId}`,
  );
  if (row === undefined) throw new Error(`worker ${workerId} has no row`);
  const nowMs = msOfDateTime(String(row['now']));
  return {
    owner: String(row['owner']),
    epoch: BigInt(String(row['epoch'])),
    leftMs: msOfDateTime(String(row['expires_at'])) - nowMs,
    lastSecond: Number(row['memo']),
    nowSecond: Math.floor((nowMs - NUMBER_EPOCH_MS) / 1_000),
  };
}

function expire(workerId: number): Promise<unknown> {
  return pool.query(
    `UPDATE ${SCHEMA}.lease SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE slot = ${workerId}`,
  );
}

/** A process of this host and its owner label, as it would write it itself. */
async function aProcess(): Promise<{ child: ChildProcess; owner: string }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const namespace = /\d+/.exec(readlinkSync(`/proc/${child.pid}/ns/pid`))?.[0];
  return { child, owner: `${bootId}:${namespace}:${child.pid}:${ticks}` };
}

/** All numbers that a shard's seconds hold, until the generator refuses. */
function drain(lease: WorkerLease): string[] {
  const generator = new OrderNumberGenerator({ workerId: lease.workerId, clock: lease });
  const numbers: string[] = [];
  while (numbers.length < 10_000) {
    try {
      numbers.push(generator.next(3, 4));
    } catch (error) {
      if (error instanceof Transient) break;
      throw error;
    }
  }
  return numbers;
}

describe('a worker lease', () => {
  it('is four hours long by the database and starts after every second that a predecessor can have borrowed', async () => {
    const lease = await acquire();
    const row = await rowOf(lease.workerId);
    expect(row).toMatchObject({ owner: expect.stringContaining(`${STRANGER}~`), epoch: 1n });
    expect(Math.abs(row.leftMs - 4 * HOUR_MS)).toBeLessThan(2_000);
    expect(lease.second() - row.nowSecond).toBeGreaterThanOrEqual(BORROW_SECONDS + 1);
    expect(row.lastSecond).toBeGreaterThanOrEqual(lease.second() + BORROW_SECONDS);
  });

  it('counts seconds by the database, even when the host is a day ahead', async () => {
    const clock = new ManualClock(Date.now() + DAY_MS);
    const lease = await acquire({ clock });
    clock.advance(60_000);
    const { nowSecond } = await rowOf(lease.workerId);
    expect(Math.abs(lease.second() - (nowSecond + 60))).toBeLessThanOrEqual(1);
  });

  it('is renewed with the latest second, for four hours more', async () => {
    const clock = new ManualClock(Date.now());
    const lease = await acquire({ clock });
    const before = await rowOf(lease.workerId);
    await expire(lease.workerId);
    clock.advance(600_000);
    await lease.renew();
    const after = await rowOf(lease.workerId);
    expect(after.leftMs).toBeGreaterThan(4 * HOUR_MS - 2_000);
    expect(after.lastSecond - before.lastSecond).toBeGreaterThan(500);
  });

  it('is renewed in the background', async () => {
    const lease = await acquire({ renewEveryMs: 20 });
    await expire(lease.workerId);
    const start = performance.now();
    while ((await rowOf(lease.workerId)).leftMs < HOUR_MS) expect(performance.now() - start).toBeLessThan(5_000);
  });

  it('can be taken at once after its release, by a rising epoch and after its last number', async () => {
    const first = await acquire({ workerCount: 1 });
    const numbers = drain(first);
    await first.release();
    const second = await acquire({ workerCount: 1 });
    expect(second.workerId).toBe(first.workerId);
    expect(second.epoch).toBe(first.epoch + 1n);
    const lastBefore = decodeOrderNumber(numbers.at(-1) ?? '').second;
    expect(second.second()).toBeGreaterThan(lastBefore);
    expect(() => first.second()).toThrow(expect.objectContaining({ code: 'NUMBER_SPACE_BUSY' }));
  });

  it('numbers no more once another owner took it, and tells so', async () => {
    const first = await acquire({ workerCount: 1 });
    await expire(first.workerId);
    const second = await acquire({ workerCount: 1 });
    expect(first.lost.aborted).toBe(false);
    await first.renew();
    expect(first.lost.aborted).toBe(true);
    expect(() => first.second()).toThrow(expect.objectContaining({ code: 'NUMBER_SPACE_BUSY' }));
    await first.release();
    expect(second.second()).toBeGreaterThan(0);
    expect((await rowOf(second.workerId)).leftMs).toBeGreaterThan(HOUR_MS);
  });

  it('refuses the 257th process with WORKER_IDS_EXHAUSTED', async () => {
    await Promise.all(Array.from({ length: 4 }, () => acquire({ workerCount: 4 })));
    await expect(acquire({ workerCount: 4 })).rejects.toMatchObject({
      code: 'WORKER_IDS_EXHAUSTED',
      family: 'transient',
    });
  });
});

describe('losing the control schema', () => {
  it('stops no numbering for hours, then refuses rather than share an id, and goes on when it is back', async () => {
    const clock = new ManualClock(Date.now());
    let isAway = false;
    const failures: unknown[] = [];
    const flaky: NodePool = {
      index: 0,
      name: 'node-0',
      query: (sql, options) => (isAway ? Promise.reject(nodeUnavailable('node-0', 'down')) : pool.query(sql, options)),
      use: (work, options) => pool.use(work, options),
      ping: () => pool.ping(),
      stats: () => pool.stats(),
    };
    const lease = await acquire({ clock, onRenewFailed: (error) => failures.push(error) }, flaky);
    isAway = true;
    clock.advance(3.9 * HOUR_MS);
    await lease.renew();
    expect(failures).toMatchObject([{ code: 'NODE_UNAVAILABLE' }]);
    expect(lease.second()).toBeGreaterThan(0);
    clock.advance(0.1 * HOUR_MS);
    expect(() => lease.second()).toThrow('worker-lease-unconfirmed');
    isAway = false;
    await lease.renew();
    expect(lease.second()).toBeGreaterThan(0);
  });
});

describe('a process that died on this host', () => {
  it('is known by boot, namespace, pid and start, and is dead only when all that is certain', async () => {
    const { child, owner } = await aProcess();
    expect(isDeadHere(processIdentity())).toBe(false);
    expect(isDeadHere(owner)).toBe(false);
    expect(isDeadHere(owner.replace(/\d+$/, '1'))).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isDeadHere(owner)).toBe(true);
    const otherBoot = owner.replace(/^[0-9a-f]{8}/, (start) => (start === '00000000' ? '11111111' : '00000000'));
    expect(isDeadHere(otherBoot)).toBe(false);
    expect(isDeadHere(owner.replace(/:\d+:/, ':1:'))).toBe(false);
    expect(isDeadHere('somewhere-else')).toBe(false);
  });

  it('gives its id to the next one at once, and not a moment before it is dead', async () => {
    const { child, owner } = await aProcess();
    const killed = await acquire({ workerCount: 1, owner });
    const numbers = drain(killed);
    await expect(acquire({ workerCount: 1 })).rejects.toMatchObject({ code: 'WORKER_IDS_EXHAUSTED' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const heir = await acquire({ workerCount: 1 });
    expect(heir.epoch).toBe(killed.epoch + 1n);
    const all = [...numbers, ...drain(heir)];
    expect(new Set(all).size).toBe(all.length);
    expect(numbers.length).toBe((1 + BORROW_SECONDS) * 1_024);
  });

  it('leaves no 256 dead ids behind after 300 kills', async () => {
    const { child, owner } = await aProcess();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const rows = Array.from(
      { length: 256 },
      (_, id) => `('worker', ${id}, ${quote(owner)}, 7, UTC_TIMESTAMP(3) + INTERVAL 4 HOUR, '5')`,
    );
    await pool.query(`INSERT INTO ${SCHEMA}.lease VALUES ${rows.join(', ')}`);
    const heir = await acquire();
    expect(heir.epoch).toBe(8n);
  });
});
