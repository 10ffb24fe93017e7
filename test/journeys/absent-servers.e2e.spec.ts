/** P9 at start-up: a process comes up whatever is away, says so, and serves what does not need it. Nothing listens on the named ports. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { Placement } from '@ordo/sharding';
import { anIdWhere, aPlaceOrder, aServiceToken, eventually, testStack } from '@ordo/testing';
import { EventRecorder } from '../harness/event-recorder.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

interface Ready {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly status: string }[];
}

/** Port 1 (tcpmux) is privileged and unused on every machine that runs this. */
const NOBODY = '127.0.0.1:1';
/** A process begins in two seconds, and in more on a machine that others use. */
const BOOT_MS = 25_000;

let app: OrderProcess | undefined;

afterEach(async () => {
  await app?.stop();
  app = undefined;
});

const downOf = async (running: OrderProcess): Promise<{ status: string; down: string[] }> => {
  const { status, dependencies } = (await (await fetch(`${running.url}/health/ready`)).json()) as Ready;
  return { status, down: dependencies.filter((each) => each.status === 'down').map(({ name }) => name) };
};

describe('a process that starts', () => {
  test('without RabbitMQ and Redis is ready, degraded, and serves placements, transitions, reads and lists', async () => {
    const recorder = await EventRecorder.open();
    app = await OrderProcess.start({
      environment: {
        ORDO_AMQP_URL: `amqp://${NOBODY}`,
        ORDO_REDIS_CACHE_URL: `redis://${NOBODY}`,
        ORDO_REDIS_TIMERS_URL: `redis://${NOBODY}`,
      },
    });
    expect(await downOf(app)).toEqual({ status: 'degraded', down: ['redis-cache', 'redis-timers', 'rabbitmq'] });
    const service = new RestClient(app.url, await aServiceToken());
    const order = aPlaceOrder();
    const orderId = await service.placed(order);
    expect((await service.paid(orderId, order.payAmount)).body['status']).toBe('PAID');
    expect((await service.post(`/v1/orders/${orderId}/acceptance`)).body['status']).toBe('ACCEPTED');
    expect((await service.get(`/v1/orders/${orderId}`)).body).toMatchObject({ status: 'ACCEPTED', version: 3 });
    // The projection does not wait for the broker: the merchant works on.
    await eventually(async () => {
      const { body } = await service.get<{ orders: object[] }>(
        `/v1/merchants/${order.merchantId}/orders?status=ACCEPTED`,
      );
      return body.orders.length === 1 ? true : undefined;
    }, 'the merchant sees the order');
    await app.stop();
    app = await OrderProcess.start({ roles: 'worker' });
    const heard = await recorder.untilHeard(orderId, 3);
    await recorder.close();
    expect(heard.map(({ event }) => event.orderversion)).toEqual([1, 2, 3]);
  });

  test('without one database node serves the users of the others, and refuses the rest as retryable within a second', async () => {
    const nodes = testStack().mysqlNodes.map((url, node) => (node === 0 ? url : `mysql://ordo:x@${NOBODY}`));
    app = await OrderProcess.start({ environment: { ORDO_MYSQL_NODES: nodes.join(',') } });
    expect((await downOf(app)).status).toBe('degraded');
    const service = new RestClient(app.url, await aServiceToken());
    const placement = new Placement(nodes.length);
    const onNode = (node: number): string => anIdWhere((shard) => placement.userNode(shard) === node);
    expect((await service.place(aPlaceOrder({ userId: onNode(0) }))).status).toBe(201);
    const askedAtMs = performance.now();
    const refused = await service.place(aPlaceOrder({ userId: onNode(1) }));
    expect(performance.now() - askedAtMs).toBeLessThan(1_500);
    expect(refused.body).toMatchObject({ status: 503, code: 'NODE_UNAVAILABLE', retryAfterMs: expect.any(Number) });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  test('without the node of the control schema refuses placements as retryable and reads on', async () => {
    const nodes = testStack().mysqlNodes.map((url, node) => (node === 0 ? `mysql://ordo:x@${NOBODY}` : url));
    app = await OrderProcess.start({ environment: { ORDO_MYSQL_NODES: nodes.join(',') }, untilReady: false });
    const running = app;
    await eventually(
      async () => {
        const answer = await fetch(`${running.url}/health/live`).catch(() => undefined);
        return answer?.ok ? true : undefined;
      },
      'it answers at all',
      BOOT_MS,
    );
    expect(await downOf(app)).toMatchObject({ status: 'down', down: ['node-0', 'worker-id'] });
    const service = new RestClient(app.url, await aServiceToken());
    const placement = new Placement(nodes.length);
    const userId = anIdWhere((shard) => placement.userNode(shard) === 1);
    expect((await service.place(aPlaceOrder({ userId }))).body).toMatchObject({
      status: 503,
      code: 'NUMBER_SPACE_BUSY',
    });
    expect((await service.get(`/v1/users/${userId}/orders`)).status).toBe(200);
  });

  test('with a configuration that cannot be read ends with code 1 and names every variable and no value', async () => {
    const environment = { ORDO_MYSQL_NODES: 'secret-host', ORDO_AMQP_URL: '', ORDO_HTTP_PORT: 'eighty' };
    const failing = await OrderProcess.start({ environment, untilReady: false });
    const code = await failing.ended();
    expect([code, failing.log]).toEqual([1, expect.stringContaining('ORDO_MYSQL_NODES')]);
    expect(failing.log).toContain('ORDO_AMQP_URL');
    expect(failing.log).toContain('ORDO_HTTP_PORT');
    expect(failing.log).not.toContain('secret-host');
    expect(failing.log).not.toContain('eighty');
  });
});
