/** The protobuf of deliveries as a client loads it: every operation is there, amounts and absences survive the wire. */
import { existsSync } from 'node:fs';
import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';
import {
  DELIVERY_PROTO_PACKAGE,
  DELIVERY_PROTO_SERVICE,
  deliveryProtoPath,
  PROMISE_PROTO_SERVICE,
} from './delivery-proto.js';
import { protoLoaderOptions } from './order-proto.js';

const definition = loadSync(deliveryProtoPath(), protoLoaderOptions());

interface Method {
  readonly responseSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
}
const methodsOf = (service: string) =>
  definition[`${DELIVERY_PROTO_PACKAGE}.${service}`] as unknown as Readonly<Record<string, Method>>;

const answered = (service: string, name: string, value: object): object => {
  const method = methodsOf(service)[name];
  if (method === undefined) throw new Error(`no operation ${name}`);
  return method.responseDeserialize(method.responseSerialize(value));
};

describe('delivery.proto', () => {
  it('offers what REST offers to callers with a token', () => {
    expect(existsSync(deliveryProtoPath())).toBe(true);
    expect(Object.keys(methodsOf(PROMISE_PROTO_SERVICE))).toEqual(['Promise']);
    expect(Object.keys(methodsOf(DELIVERY_PROTO_SERVICE)).sort()).toEqual(
      [
        ...[
          'GetDelivery',
          'GetTimeline',
          'GetWaybill',
          'ListCarrierReports',
          'CallCourier',
          'Recall',
          'Cancel',
          'SelfDeliver',
          'FinishSelfDelivery',
        ],
        ...['EndDelivery', 'Tip'],
      ].sort(),
    );
  });

  it('carries a negative income and the version of a lane exactly, as numbers', () => {
    const expectedIncome = { income: -250, commission: 999_999_999_999, servicePackage: 'house', formulaVersion: 1 };
    expect(answered(DELIVERY_PROTO_SERVICE, 'GetDelivery', { expectedIncome })).toMatchObject({ expectedIncome });
    const promises = [{ outcome: 'PROMISED', laneVersion: 1_790_000_000_000_000 }];
    expect(answered(PROMISE_PROTO_SERVICE, 'Promise', { promises })).toMatchObject({ promises });
  });

  it('leaves out what is not there', () => {
    const promise = answered(PROMISE_PROTO_SERVICE, 'Promise', { promises: [{ outcome: 'NO_LANE' }] });
    expect(JSON.stringify(promise)).not.toMatch(/promisedAt|token|room/);
  });
});
