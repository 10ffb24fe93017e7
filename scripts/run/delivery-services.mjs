/** The delivery app in its two roles, and the simulated carrier whose couriers hurry: what `npm start` runs beside the order app. */
import { writeFileSync } from 'node:fs';
import { mustRun } from './program.mjs';
import { OPERATOR } from './servers.mjs';
import { service } from './service.mjs';

const MAIN = 'dist/apps/delivery/src/main.js';
const CARRIER = 'test/simulators/carrier/carrier-program.mjs';
/** Twenty-four minutes of a courier in under three seconds. */
const COURIER_SCALE = '0.002';

export const DELIVERY_PORTS = [
  { name: 'delivery-api-http', preferred: 7301 },
  { name: 'delivery-api-grpc', preferred: 7302 },
  { name: 'delivery-worker-http' },
  { name: 'carrier-simulator' },
];

export const DELIVERY_NAMES = ['carrier', 'delivery-api', 'delivery-worker'];

/** In the order in which they start. */
export function deliveryServices(profile, env, ports, orderGrpcAddress) {
  const http = ports['delivery-api-http'];
  const tokenFile = profile.file('delivery-token');
  const shared = {
    ORDO_ORDER_GRPC_ADDRESS: orderGrpcAddress,
    ORDO_SERVICE_TOKEN: `file:${tokenFile}`,
    ORDO_CARRIER_URL: `http://127.0.0.1:${ports['carrier-simulator']}/hub/v1`,
  };
  const carrier = service(profile, env, {
    ...{ name: 'carrier', main: CARRIER, port: ports['carrier-simulator'], portVariable: 'PORT' },
    readyPath: '/control/tally',
    variables: {
      SCALE: COURIER_SCALE,
      CARRIER_SECRET: env.ORDO_CARRIER_SECRETS.split(',')[0],
      CALLBACK_URL: `http://127.0.0.1:${http}/v1/carriers/hub`,
    },
  });
  const api = service(profile, env, {
    ...{ name: 'delivery-api', main: MAIN, port: http },
    variables: { ...shared, ORDO_ROLES: 'api', ORDO_GRPC_PORT: ports['delivery-api-grpc'] },
  });
  const worker = service(profile, env, {
    ...{ name: 'delivery-worker', main: MAIN, port: ports['delivery-worker-http'] },
    variables: { ...shared, ORDO_ROLES: 'worker' },
  });
  return { carrier, api, worker, prepare: () => writeToken(tokenFile, env) };
}

/** With which the app calls the order app: it reads orders, and tells that they were received, by courier or by the shop. */
async function writeToken(path, env) {
  const claims = ['--service', 'delivery', '--grants', 'order:read,order:receive', '--roles', '2,3,5', '--ttl', '30d'];
  const token = await mustRun(process.execPath, [OPERATOR, 'token', ...claims], { env, show: false });
  writeFileSync(path, token.trim(), { mode: 0o600 });
}
