/** Both carriers against the contract of the port, over real HTTP, each with a partner that speaks its own protocol. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { signMessage } from '@ordo/platform';
import { anId, CarrierSimulator, simulatedCarrierSecrets } from '@ordo/testing';
import { type CarrierHarness, carrierContract } from './carrier.contract.js';
import type { Carrier, IncomingMessage } from './carrier.js';
import { DriveCarrier } from './drive-carrier.js';
import { SignedHttpCarrier } from './signed-http-carrier.js';

const DEADLINE_MS = 700;
const { hub, driveSigning, driveWebhook } = simulatedCarrierSecrets;

let simulator: CarrierSimulator;
beforeAll(async () => {
  simulator = await CarrierSimulator.start();
});
afterAll(() => simulator?.stop());

const hubCarrier = (): Carrier =>
  new SignedHttpCarrier({
    ...{ name: 'hub', url: simulator.hubUrl, secrets: [hub], clock: systemClock, deadlineMs: DEADLINE_MS },
  });
const driveCarrier = (): Carrier =>
  new DriveCarrier({
    ...{ name: 'drive', url: simulator.driveUrl, developerId: 'd', keyId: 'k', signingSecret: driveSigning },
    ...{ webhookCredential: `drive:${driveWebhook}`, clock: systemClock, deadlineMs: DEADLINE_MS },
  });

const hubMessage = (waybillId: string): IncomingMessage => {
  const raw = JSON.stringify({ waybillId, state: 'DELIVERED', occurredAt: new Date().toISOString(), courierId: 'c-1' });
  return { target: '/', raw, headers: signMessage(raw, hub, Date.now()) };
};
const driveMessage = (external_delivery_id: string): IncomingMessage => {
  const event = { event_name: 'DASHER_DROPPED_OFF', external_delivery_id, created_at: new Date().toISOString() };
  const authorization = `Basic ${Buffer.from(`drive:${driveWebhook}`).toString('base64')}`;
  return { target: '/', raw: JSON.stringify({ ...event, dasher_id: 4711 }), headers: { authorization } };
};

const harnessOf = (carrier: Carrier, delivered: CarrierHarness['delivered']): CarrierHarness => ({
  ...{ carrier, delivered },
  plan: (orderId, step) => simulator.plan(orderId, { run: 'stall', ...step }),
  waybills: async () => (await simulator.book()).waybills,
  isCancelled: async (waybillId) => (await simulator.book()).byWaybill[waybillId]?.cancelled ?? false,
  tipOf: async (waybillId) => (await simulator.book()).byWaybill[waybillId]?.tip ?? 0,
});

describe.each([
  ['the carrier of our contract', () => harnessOf(hubCarrier(), hubMessage)],
  ['DoorDash Drive', () => harnessOf(driveCarrier(), driveMessage)],
])('%s', (_, make) => {
  it.each(carrierContract.map(({ title, check }) => [title, check] as const))('%s', async (_title, check) => {
    await expect(check(make(), anId())).resolves.toBeUndefined();
  });
});

describe('the contract', () => {
  it('is not passed by a carrier that calls anew each time', async () => {
    const forgetful = hubCarrier();
    const call: Carrier['call'] = (asked) =>
      forgetful.call({ ...asked, waybillId: `${anId()}-1`, credential: `${asked.credential}${Math.random()}` });
    const broken: Carrier = { ...forgetful, name: 'broken', call };
    const [first] = carrierContract;
    await expect(first?.check(harnessOf(broken, hubMessage), anId())).rejects.toThrow(/two answers|not one/);
  });
});
