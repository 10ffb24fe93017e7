/** The after-sale app in its two roles, and the simulated payment channel and payer: what `npm start` runs behind the order app. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mustRun } from './program.mjs';
import { OPERATOR } from './servers.mjs';
import { service } from './service.mjs';

const MAIN = 'dist/apps/aftersale/src/main.js';
const CHANNEL = 'test/simulators/channel/channel-program.mjs';

export const AFTERSALE_PORTS = [
  { name: 'aftersale-api-http', preferred: 7201 },
  { name: 'aftersale-api-grpc', preferred: 7202 },
  { name: 'aftersale-worker-http' },
  { name: 'channel-simulator', preferred: 7401 },
];

export const AFTERSALE_NAMES = ['channel', 'aftersale-api', 'aftersale-worker'];

/** The secrets of the simulated partners live as long as they do: nobody else has to know them. */
export function aftersaleServices(profile, env, ports, orderGrpcAddress) {
  const http = ports['aftersale-api-http'];
  const secrets = { channel: randomBytes(24).toString('hex'), payer: randomBytes(24).toString('hex') };
  const tokenFile = profile.file('aftersale-token');
  const channel = service(profile, env, {
    ...{ name: 'channel', main: CHANNEL, port: ports['channel-simulator'], portVariable: 'PORT' },
    readyPath: '/control/tally',
    variables: {
      ...{ CHANNEL_SECRET: secrets.channel, PAYER_SECRET: secrets.payer, ANY_PAYMENT: 'yes' },
      CALLBACKS_GENERIC: `http://127.0.0.1:${http}/v1/channels/generic/callbacks`,
      CALLBACKS_PAYER: `http://127.0.0.1:${http}/v1/payers/generic/callbacks`,
    },
  });
  const shared = {
    ...{ ORDO_ORDER_GRPC_ADDRESS: orderGrpcAddress, ORDO_SERVICE_TOKEN: `file:${tokenFile}` },
    ...{ ORDO_PAYMENT_CHANNEL_URL: `${channel.url}/channel`, ORDO_PAYMENT_CHANNEL_SECRETS: secrets.channel },
    ...{ ORDO_COMPENSATION_PAYER_URL: `${channel.url}/payer`, ORDO_COMPENSATION_PAYER_SECRETS: secrets.payer },
  };
  const api = service(profile, env, {
    ...{ name: 'aftersale-api', main: MAIN, port: http },
    variables: { ...shared, ORDO_ROLES: 'api', ORDO_GRPC_PORT: ports['aftersale-api-grpc'] },
  });
  const worker = service(profile, env, {
    ...{ name: 'aftersale-worker', main: MAIN, port: ports['aftersale-worker-http'] },
    variables: { ...shared, ORDO_ROLES: 'worker' },
  });
  return { channel, api, worker, prepare: () => writeToken(tokenFile, env) };
}

/** With which the app calls the order app: it reads orders and payments, tags, and ends orders in the role of whoever asked. */
async function writeToken(path, env) {
  const grants = 'order:read,order:payments,order:tag,order:invalidate';
  const claims = ['--service', 'aftersale', '--grants', grants, '--roles', '1,2,3,4', '--ttl', '30d'];
  const token = await mustRun(process.execPath, [OPERATOR, 'token', ...claims], { env, show: false });
  writeFileSync(path, token.trim(), { mode: 0o600 });
}
