/** The envelope's JSON Schema: what every message of the house satisfies, whatever it tells. */
import { roles } from '../order/role.js';
import type { JsonSchema } from './event-entry.js';

const decimalId = { type: 'string', pattern: '^[1-9][0-9]{0,18}$' };
const instant = { type: 'string', format: 'date-time' };

export const cloudEventSchema = {
  type: 'object',
  required: [
    ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype'],
    ...['senttime', 'userid', 'merchantid', 'biztype', 'orderversion', 'data'],
  ],
  properties: {
    specversion: { const: '1.0' },
    id: {
      type: 'string',
      pattern: '^[1-9][0-9]{0,18}-[1-9][0-9]*$',
      description:
        '`<orderId>-<version>`, for refunds `<refundId>-<version>`, for compensations `<compensationId>-<version>`; a repeat carries the same',
    },
    source: { type: 'string', minLength: 1, description: 'The app that speaks' },
    type: { type: 'string', description: 'Name and version of the event' },
    subject: { ...decimalId, description: 'Order id' },
    time: { ...instant, description: 'When it happened' },
    datacontenttype: { const: 'application/json' },
    senttime: { ...instant, description: 'When it was handed to the exchange' },
    userid: decimalId,
    merchantid: decimalId,
    biztype: { type: 'string', description: 'Business type' },
    orderversion: {
      type: 'integer',
      minimum: 1,
      description: 'Version after the event, without gaps: of the order, or of the refund whose id begins the event id',
    },
    role: { enum: roles, description: 'Who acted; absent where nobody did' },
    traceparent: { type: 'string', description: 'W3C trace context of the call that caused it' },
    data: { type: 'object', description: 'What the event explains; see its own schema' },
  },
} as const satisfies JsonSchema;
