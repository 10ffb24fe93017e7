/**
 * Promises P1 and P3 under kill -9 and SIGTERM: whatever was acknowledged is in both dimensions, and its events arrive complete and in
 * order. Every case prints its books. One stage for all cases: a case starts what it kills, and the next one what is missing.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { aPlaceOrder, eventually } from '@ordo/testing';
import { NOTHING_WRONG } from '../harness/accountant.js';
import { FaultStage } from '../harness/fault-stage.js';
import { type OrderLoad, WHOLE_LIFE } from '../harness/order-load.js';
import { type Answer, RestClient } from '../harness/rest-client.js';

/** Enough that a kill meets batches, windows and answers under way, little enough for two cores. */
const CLIENTS = 24;
/** Acknowledgements until a fault may strike: by then connections are open and batches are full. */
const SWING = 400;
const AFTER_MS = 1_500;
const CASE_MS = 90_000;

/** So many more changes were acknowledged since the call: counted and not timed, because cores are shared. */
async function inFullSwing({ ledger }: OrderLoad): Promise<void> {
  const before = ledger.acknowledged;
  await eventually(() => ledger.acknowledged >= before + SWING, `${SWING} more changes are acknowledged`, 30_000);
}

describe('processes that end in the middle of a load', () => {
  let stage: FaultStage;

  beforeAll(async () => {
    stage = await FaultStage.open();
  }, CASE_MS);

  beforeEach(() => stage.again(), CASE_MS);

  afterAll(() => stage?.close(), CASE_MS);

  it(
    'an api that is killed loses nothing that it acknowledged, and a repeated key makes no second order',
    async () => {
      const load = stage.load({ clients: CLIENTS, steps: WHOLE_LIFE, reads: true });
      await inFullSwing(load);
      await stage.api.kill();
      await stage.startApi(stage.api);
      await pause(AFTER_MS);
      const account = await stage.accountant.settle('api killed', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, repeated: 0 });
      expect(account.failed).toBeGreaterThan(0);
    },
    CASE_MS,
  );

  it(
    'a worker that is killed loses no event, and whatever its successor repeats is recognisable and in order',
    async () => {
      const load = stage.load({ clients: CLIENTS, steps: WHOLE_LIFE });
      await inFullSwing(load);
      await stage.worker.kill();
      const heardAtKill = stage.recorder.events.length;
      await stage.startWorker();
      await eventually(() => stage.recorder.events.length > heardAtKill, 'the successor took the lanes over');
      await pause(AFTER_MS);
      const account = await stage.accountant.settle('worker killed', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, failed: 0 });
    },
    CASE_MS,
  );

  it(
    'workers that are killed one after the other, with a standby beside them, still lose nothing',
    async () => {
      // All boot at once, before the load: beside it each would take as long as three.
      const first = stage.worker;
      const started = [stage.fleet.start('worker'), stage.fleet.start('worker'), stage.startWorker()] as const;
      const [second, third] = await Promise.all(started);
      const load = stage.load({ clients: CLIENTS, steps: ['pay', 'accept'] });
      for (const owner of [first, second, third]) {
        await inFullSwing(load);
        await owner.kill();
      }
      await inFullSwing(load);
      const account = await stage.accountant.settle('three workers killed', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, failed: 0 });
    },
    CASE_MS,
  );

  it(
    'an api that is asked to stop under load carries out nothing without an answer, and ends with code 0',
    async () => {
      const { api } = stage;
      await stage.startApi();
      const load = stage.load({ clients: CLIENTS, steps: WHOLE_LIFE });
      await inFullSwing(load);
      await expect(api.stop()).resolves.toBe(0);
      await pause(AFTER_MS / 2);
      const account = await stage.accountant.settle('api stopped', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, repeated: 0 });
      // A request that was on its way when the port closed is nobody's; one that was carried out had been taken.
      const reset = load.ledger.samples.filter(({ httpStatus, code }) => httpStatus === 0 && code !== 'ECONNREFUSED');
      console.log(`api stopped: ${reset.length} requests met the closing port, none of them was carried out`);
      expect(load.ledger.silentlyDone).toEqual([]);
      expect(load.ledger.samples.filter(({ httpStatus }) => httpStatus >= 500)).toEqual([]);
    },
    CASE_MS,
  );

  it(
    'a worker that is asked to stop hands its lanes over without a repeat, and ends with code 0',
    async () => {
      const load = stage.load({ clients: CLIENTS, steps: ['pay'] });
      await inFullSwing(load);
      const [code] = await Promise.all([stage.worker.stop(), stage.startWorker()]);
      expect(code).toBe(0);
      const account = await stage.accountant.settle('worker stopped', await load.stop());
      expect(account).toMatchObject({ ...NOTHING_WRONG, failed: 0, repeated: 0 });
    },
    CASE_MS,
  );

  it(
    'a request that waits in the database when the stop begins is answered after the port has closed',
    async () => {
      const { api } = stage;
      const client = new RestClient(api.url, stage.token);
      const body = aPlaceOrder();
      const orderId = await client.placed(body);
      let ended: Promise<number | null> = Promise.resolve(null);
      let paid: Promise<Answer> | undefined;
      await stage.reader.whileLocked({ ...body, orderId }, async () => {
        paid = client.paid(orderId, body.payAmount);
        await eventually(() => stage.reader.isBusyWith({ ...body, orderId }), 'the payment waits for the row');
        ended = api.stop();
        const isClosed = (): Promise<boolean> =>
          fetch(`${api.url}/health/live`).then(
            () => false,
            () => true,
          );
        await eventually(isClosed, 'the port is closed');
      });
      expect(await paid).toMatchObject({ status: 200, body: { orderId, status: 'PAID', version: 2 } });
      await expect(ended).resolves.toBe(0);
    },
    CASE_MS,
  );
});
