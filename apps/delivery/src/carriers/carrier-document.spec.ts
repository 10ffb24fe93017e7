/** docs/api/carrier.openapi.yaml is what a carrier builds by: its words are ours, and a call of ours satisfies it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { deliverySubStates } from '@ordo/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { reportedStates } from '../waybill-life/state-rank.rules.js';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, { enum?: string[]; properties?: object }>> };
}

const text = readFileSync(join(import.meta.dirname, '../../../../docs/api/carrier.openapi.yaml'), 'utf8');
const document = parse(text) as Document;
const { Callback, Reason } = document.components.schemas;
const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
const schemaOf = (name: string) =>
  ajv.compile({ $ref: `#/components/schemas/${name}`, components: document.components });

describe('the carrier’s document', () => {
  it('names every state that a carrier may report, and no other', () => {
    const { state } = Callback?.properties as { state: { enum: string[] } };
    expect(state.enum.toSorted()).toEqual([...reportedStates].sort());
  });

  it('names every reason', () => {
    expect(Reason?.enum?.toSorted()).toEqual([...deliverySubStates].sort());
  });

  it('describes the call that is sent, and takes no call without a credential', () => {
    const isCall = schemaOf('CourierCall');
    const handOff = {
      ...{ orderId: '17', bizType: 'takeout', merchantId: '2', currency: 'CNY', goodsAmount: 2_400, remark: '' },
      ...{ items: [{ name: 'Noodles', quantity: 1 }], promisedAt: null },
      recipient: { name: 'Li', phone: '1', address: 'Lake Road', longitude: null, latitude: null },
    };
    const call = { waybillId: '17-1', attempt: 1, credential: 'c', digest: 'd', tip: 0, handOff };
    expect([isCall(call), isCall.errors]).toEqual([true, null]);
    expect(isCall({ ...call, credential: undefined })).toBe(false);
  });
});
