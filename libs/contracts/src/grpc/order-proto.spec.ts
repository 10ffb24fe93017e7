/** The protobuf as a client loads it: every operation is there, amounts and absences survive the wire. */
import { existsSync } from 'node:fs';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { ORDER_PROTO_PACKAGE, ORDER_PROTO_SERVICE, protoLoaderOptions } from './order-proto.js';
import { protoPath } from './proto-path.js';

const definition = loadSync(protoPath(), protoLoaderOptions());

const operations = [
  ...['PlaceOrder', 'GetOrder', 'BatchGetOrders', 'ConfirmPayment', 'AcceptOrder', 'ReceiveOrder', 'CompleteOrder'],
  ...[
    'InvalidateOrder',
    'ListUserOrders',
    'ListMerchantOrders',
    'CountMerchantOrders',
    'GetTimeline',
    'TagOrder',
    'ListPayments',
    'PollMerchantFeed',
    'FollowMerchantFeed',
    'ExportCompletedOrders',
  ],
];

type Method = {
  readonly requestSerialize: (value: object) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => object;
};
type Answer = {
  readonly responseSerialize: (value: object) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => object;
};

const methodOf = (name: string): Method & Answer => {
  const service = definition[`${ORDER_PROTO_PACKAGE}.${ORDER_PROTO_SERVICE}`] as unknown as Record<
    string,
    Method & Answer
  >;
  const method = service[name];
  if (method === undefined) throw new Error(`no operation ${name}`);
  return method;
};
const asked = (name: string, value: object): object => {
  const { requestSerialize, requestDeserialize } = methodOf(name);
  return requestDeserialize(requestSerialize(value));
};
const answered = (name: string, value: object): object => {
  const { responseSerialize, responseDeserialize } = methodOf(name);
  return responseDeserialize(responseSerialize(value));
};

describe('order.proto', () => {
  it('lies where the path says, found from the repository root', () => {
    expect(existsSync(protoPath())).toBe(true);
    expect(protoPath()).toMatch(/libs\/contracts\/proto\/ordo\/order\/v1\/order\.proto$/);
  });

  it('offers every operation of DESIGN §11 and no other', () => {
    const loaded = loadPackageDefinition(definition) as unknown as {
      ordo: { order: { v1: Record<string, ServiceClientConstructor> } };
    };
    const service = loaded.ordo.order.v1[ORDER_PROTO_SERVICE]?.service ?? {};
    expect(Object.keys(service).sort()).toEqual(operations.toSorted());
  });

  it('carries the largest amount exactly, as a number', () => {
    const request = {
      idempotencyKey: 'k',
      payAmount: MAX_AMOUNT_MINOR,
      items: [{ itemId: 'a', unitPrice: MAX_AMOUNT_MINOR }],
    };
    expect(asked('PlaceOrder', request)).toMatchObject({
      payAmount: MAX_AMOUNT_MINOR,
      items: [{ unitPrice: MAX_AMOUNT_MINOR }],
    });
  });

  it('carries an id of 63 bits as the decimal string that it is', () => {
    expect(asked('GetOrder', { orderId: '9223372036854775807' })).toEqual({ orderId: '9223372036854775807' });
  });

  it('tells an absent reason from reason 0', () => {
    expect(asked('InvalidateOrder', { orderId: '1' })).not.toHaveProperty('reasonCode');
    expect(asked('InvalidateOrder', { orderId: '1', reasonCode: 0 })).toMatchObject({ reasonCode: 0 });
  });

  it('carries the deadlines that were asked for, and tells absent ones from zero', () => {
    const asking = asked('PlaceOrder', { idempotencyKey: 'k', deadlines: { acceptSeconds: 300 } });
    expect(asking).toMatchObject({ deadlines: { acceptSeconds: 300 } });
    expect(asking).not.toHaveProperty('deadlines.paySeconds');
    expect(answered('GetOrder', { orderId: '1' })).not.toHaveProperty('deadlines');
  });

  it('leaves what REST shows as null absent, and what REST shows as an empty list empty', () => {
    const order = answered('GetOrder', { orderId: '1', status: 'CREATED' });
    const absent = [
      'daySerial',
      'deadlineAt',
      'paidAt',
      'acceptedAt',
      'receivedAt',
      'completedAt',
      'invalidatedAt',
      'reasonCode',
      'role',
    ];
    for (const field of absent) expect(order).not.toHaveProperty(field);
    expect(order).toMatchObject({ tags: [], items: [], discounts: [], remark: '' });
  });
});
