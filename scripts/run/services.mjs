/**
 * The programs that `npm start` runs: which there are, on which ports, and where the demonstrations find them. What one of them is and how it
 * is started and stopped is in service.mjs.
 */
import { isFree, portsFor } from '../stack/ports.mjs';
import { ownedPid } from '../stack/processes.mjs';
import { AFTERSALE_NAMES, AFTERSALE_PORTS, aftersaleServices } from './aftersale-services.mjs';
import { DELIVERY_NAMES, DELIVERY_PORTS, deliveryServices } from './delivery-services.mjs';
import { service, stopService } from './service.mjs';

const MAIN = 'dist/apps/order/src/main.js';
const PORTS = [
  { name: 'order-api-http', preferred: 7101 },
  { name: 'order-api-grpc', preferred: 7102 },
  { name: 'order-worker-http' },
  ...DELIVERY_PORTS,
  ...AFTERSALE_PORTS,
];
const NAMES = ['order-api', 'order-worker', ...DELIVERY_NAMES, ...AFTERSALE_NAMES];

/**
 * `groups`: started one after the other, the services of one side by side, each with the demonstration that needs no later one. So the orders
 * of the first are over when couriers begin to call for orders; the after-sale app, which was away meanwhile, catches up with them, and is there
 * when a delivery comes too late.
 */
export async function servicesOf(profile, env) {
  const { ports, moved } = await chosenPorts(profile);
  const grpcAddress = `127.0.0.1:${ports['order-api-grpc']}`;
  const api = service(profile, env, {
    ...{ name: 'order-api', main: MAIN, port: ports['order-api-http'] },
    variables: { ORDO_ROLES: 'api', ORDO_GRPC_PORT: ports['order-api-grpc'] },
  });
  const worker = service(profile, env, {
    ...{ name: 'order-worker', main: MAIN, port: ports['order-worker-http'] },
    variables: { ORDO_ROLES: 'worker' },
  });
  const delivery = deliveryServices(profile, env, ports, grpcAddress);
  const aftersale = aftersaleServices(profile, env, ports, grpcAddress);
  return {
    ...{ api, worker, delivery, aftersale, grpcAddress, moved },
    groups: [
      { name: 'order', services: [api, worker], demonstration: 'demo' },
      {
        name: 'after-sale',
        ...{ services: [aftersale.channel, aftersale.api, aftersale.worker], prepare: aftersale.prepare },
        demonstration: 'demo-after-sale',
      },
      {
        ...{ name: 'delivery', services: [delivery.carrier, delivery.api, delivery.worker], prepare: delivery.prepare },
        demonstration: 'demo-delivery',
      },
    ],
    addresses: {
      ...{ ORDO_API_URL: api.url, ORDO_WORKER_URL: worker.url, ORDO_GRPC_ADDRESS: grpcAddress },
      ...{ ORDO_DELIVERY_URL: delivery.api.url, ORDO_CARRIER_SIMULATOR_URL: delivery.carrier.url },
      ...{ ORDO_AFTERSALE_URL: aftersale.api.url, ORDO_SIMULATED_CHANNEL_URL: aftersale.channel.url },
    },
  };
}

/** A port that others know by heart is kept where it is free; otherwise the profile's own, and a remark. */
async function chosenPorts(profile) {
  const own = await portsFor(
    profile,
    PORTS.map(({ name }) => name),
  );
  const ports = {};
  const moved = [];
  for (const { name, preferred } of PORTS) {
    const isKept = preferred !== undefined && (await isFree(preferred));
    ports[name] = isKept ? preferred : own[name];
    if (preferred !== undefined && !isKept) moved.push(`port ${preferred} is taken: ${name} is on ${ports[name]}`);
  }
  return { ports, moved };
}

export async function stopLeftovers(profile) {
  const running = NAMES.filter((name) => ownedPid(profile.pidFileOf(name)) !== undefined);
  await Promise.all(running.map((name) => stopService({ name, pidFile: profile.pidFileOf(name) })));
  return running;
}
