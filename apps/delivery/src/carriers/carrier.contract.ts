/**
 * The obligations of a Carrier as cases that each adapter has to pass, against a partner that a harness plays. Named after what breaks when one
 * is not kept.
 */
import type { HandOffPayload } from '../waybills/waybill.js';
import { digestOf } from '../waybills/waybill.js';
import type { CalledWaybill, Carrier, CourierCall, IncomingMessage } from './carrier.js';

/** The other side of the wire, as the case needs it. */
export interface CarrierHarness {
  readonly carrier: Carrier;
  /** What the next calls for `orderId` meet. */
  plan(
    orderId: string,
    step: { before?: 'drop' | 'hang' | 'fault'; after?: 'drop'; refuse?: string },
  ): Promise<unknown>;
  /** How many different waybills the partner made of all calls. */
  waybills(): Promise<number>;
  isCancelled(waybillId: string): Promise<boolean>;
  tipOf(waybillId: string): Promise<number>;
  /** A message of the partner about a waybill, as it would sign it. */
  delivered(waybillId: string): IncomingMessage;
}

export interface CarrierCase {
  readonly title: string;
  /** Throws when the obligation is not kept. */
  readonly check: (harness: CarrierHarness, orderId: string) => Promise<void>;
}

const payloadOf = (orderId: string, goodsAmount = 2_400): string => {
  const payload: HandOffPayload = {
    ...{ orderId, bizType: 'takeout', merchantId: '20001', currency: 'CNY', goodsAmount, remark: 'No coriander' },
    items: [{ name: 'Beef noodles', quantity: 1 }],
    recipient: {
      name: 'Li',
      phone: '+86 10 5555 0100',
      address: `1 Lake Road ${goodsAmount}`,
      longitude: null,
      latitude: null,
    },
    promisedAt: null,
  };
  return JSON.stringify(payload);
};

const callOf = (orderId: string, over: Partial<CourierCall> = {}): CourierCall => {
  const payload = over.payload ?? payloadOf(orderId);
  return {
    ...{ waybillId: `${orderId}-1`, attempt: 1, credential: `credential-of-${orderId}-that-is-long`, tipMinor: 0 },
    ...{ payload, digest: digestOf(payload) },
    ...over,
  };
};
const calledOf = (orderId: string): CalledWaybill => ({
  ...{ waybillId: `${orderId}-1`, credential: `credential-of-${orderId}-that-is-long`, currency: 'CNY' },
});

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
const expectCode = async (work: Promise<unknown>, code: string): Promise<void> => {
  const found = await codeOf(work);
  if (found !== code) throw new Error(`${found} instead of ${code}`);
};

export const carrierContract: readonly CarrierCase[] = [
  {
    title: 'makes one waybill of a call that is repeated, and answers with it again',
    check: async ({ carrier, waybills }, orderId) => {
      const before = await waybills();
      const first = await carrier.call(callOf(orderId));
      const second = await carrier.call(callOf(orderId));
      if (first.carrierRef === null || first.carrierRef !== second.carrierRef)
        throw new Error('two answers for one call');
      if ((await waybills()) !== before + 1) throw new Error('not one waybill');
    },
  },
  {
    title: 'makes one waybill of a call whose answer was lost',
    check: async ({ carrier, plan, waybills }, orderId) => {
      const before = await waybills();
      await plan(orderId, { after: 'drop' });
      await expectCode(carrier.call(callOf(orderId)), 'CARRIER_UNAVAILABLE');
      await carrier.call(callOf(orderId));
      if ((await waybills()) !== before + 1) throw new Error('not one waybill');
    },
  },
  {
    title: 'tells a conflict where the key stands for other goods',
    check: async ({ carrier }, orderId) => {
      await carrier.call(callOf(orderId));
      const other = payloadOf(orderId, 9_900);
      await expectCode(carrier.call(callOf(orderId, { payload: other, digest: digestOf(other) })), 'WAYBILL_CONFLICT');
    },
  },
  {
    title: 'is unavailable, and soon, where nobody answers',
    check: async ({ carrier, plan }, orderId) => {
      for (const before of ['hang', 'drop', 'fault'] as const) {
        await plan(orderId, { before });
        const begun = performance.now();
        await expectCode(carrier.call(callOf(orderId)), 'CARRIER_UNAVAILABLE');
        if (performance.now() - begun > 5_000) throw new Error('it hung');
      }
    },
  },
  {
    title: 'says why it refuses',
    check: async ({ carrier, plan }, orderId) => {
      await plan(orderId, { refuse: 'OUT_OF_AREA' });
      await expectCode(carrier.call(callOf(orderId)), 'CARRIER_REFUSED');
    },
  },
  {
    title: 'cancels once and for all, and does not mind a waybill that it never heard of',
    check: async ({ carrier, isCancelled }, orderId) => {
      await carrier.cancel(calledOf(orderId));
      await carrier.call(callOf(orderId));
      await carrier.cancel(calledOf(orderId));
      await carrier.cancel(calledOf(orderId));
      if (!(await isCancelled(`${orderId}-1`))) throw new Error('not cancelled');
    },
  },
  {
    title: 'takes a tip as a total, so that a repeat adds nothing',
    check: async ({ carrier, tipOf }, orderId) => {
      await carrier.call(callOf(orderId));
      await carrier.tip(calledOf(orderId), 300);
      await carrier.tip(calledOf(orderId), 300);
      if ((await tipOf(`${orderId}-1`)) !== 300) throw new Error('the tip is not the total');
    },
  },
  {
    title: 'reads what its partner proved, and nothing else',
    check: async ({ carrier, delivered }, orderId) => {
      const message = delivered(`${orderId}-1`);
      const { report, orderId: told, nonce } = carrier.readCallback(message);
      if (told !== orderId || report.state !== 'DELIVERED' || report.attempt !== 1 || nonce === '')
        throw new Error('misread');
      const stripped = { ...message, headers: {} };
      await expectCode(
        Promise.resolve().then(() => carrier.readCallback(stripped)),
        'SIGNATURE_INVALID',
      );
    },
  },
];
