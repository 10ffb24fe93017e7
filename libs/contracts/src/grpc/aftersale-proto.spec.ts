/** The protobuf as a client loads it: every operation is there, and what REST shows as null stays absent on the wire. */
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { describe, expect, it } from '@jest/globals';
import { AFTERSALE_PROTO_PACKAGE, AFTERSALE_PROTO_SERVICE, aftersaleProtoPath } from './aftersale-proto.js';
import { protoLoaderOptions } from './order-proto.js';

const definition = loadSync(aftersaleProtoPath(), protoLoaderOptions());

describe('aftersale.proto', () => {
  it('offers every operation of the after-sale side and no other', () => {
    const loaded = loadPackageDefinition(definition) as unknown as {
      ordo: { aftersale: { v1: Record<string, ServiceClientConstructor> } };
    };
    const service = loaded.ordo.aftersale.v1[AFTERSALE_PROTO_SERVICE]?.service ?? {};
    expect(Object.keys(service).sort()).toEqual(
      [
        ...['ApplyForRefund', 'StartRefund', 'GetRefund', 'WithdrawRefund', 'AgreeRefund', 'RejectRefund'],
        ...['AppealRefund', 'RuleRefund', 'CancelOrder', 'ListUserRefunds', 'ListMerchantRefunds', 'ListOrderRefunds'],
        ...['RetryRefund', 'ReconcileRefunds', 'GrantCompensation', 'ListOrderCompensations'],
        'RetryCompensation',
      ].sort(),
    );
  });

  it('tells an absent amount from an amount of zero, and an absent number from an empty one', () => {
    const service = definition[`${AFTERSALE_PROTO_PACKAGE}.${AFTERSALE_PROTO_SERVICE}`] as unknown as Record<
      string,
      {
        requestSerialize: (value: object) => Buffer;
        requestDeserialize: (bytes: Buffer) => object;
        responseSerialize: (value: object) => Buffer;
        responseDeserialize: (bytes: Buffer) => object;
      }
    >;
    const apply = service['ApplyForRefund'];
    const read = service['GetRefund'];
    expect(apply?.requestDeserialize(apply.requestSerialize({ orderId: '1' }))).not.toHaveProperty('amount');
    expect(apply?.requestDeserialize(apply.requestSerialize({ orderId: '1', amount: 0 }))).toMatchObject({ amount: 0 });
    const refund = read?.responseDeserialize(read.responseSerialize({ refundId: '1' }));
    for (const field of ['refundNumber', 'note', 'failure', 'deadlineAt', 'agreedAt', 'endedAt']) {
      expect(refund).not.toHaveProperty(field);
    }
    expect(refund).toMatchObject({ items: [], coupons: [], evidence: [] });
  });
});
