/** The published part of the catalogue as AsyncAPI 3.0, for generators and portals. An object: the caller decides on YAML or JSON. */
import { cloudEventSchema } from '../events/cloud-event-schema.js';
import { type EventName, eventEntryOf, eventNames } from '../events/event-catalogue.js';
import { exampleEventOf } from '../events/example-event.js';

const published = eventNames.filter((name) => eventEntryOf(name).stage === 'published');
/** `order.late_payment` → `orderLatePayment`: keys of AsyncAPI take no dots. */
const keyOf = (name: EventName): string => name.replaceAll(/[._](\w)/g, (_, letter: string) => letter.toUpperCase());
const ref = (path: string): { readonly $ref: string } => ({ $ref: `#/${path}` });

const channelOf = (name: EventName): object => {
  const { exchange, routingEvent, description } = eventEntryOf(name);
  return {
    address: `{bizType}.${routingEvent}`,
    title: name,
    description,
    servers: [ref('servers/broker')],
    parameters: { bizType: ref('components/parameters/bizType') },
    messages: { [keyOf(name)]: ref(`components/messages/${keyOf(name)}`) },
    bindings: {
      amqp: {
        is: 'routingKey',
        exchange: { name: exchange, type: 'topic', durable: true, autoDelete: false },
        bindingVersion: '0.3.0',
      },
    },
  };
};

const operationOf = (name: EventName): object => ({
  action: 'send',
  channel: ref(`channels/${keyOf(name)}`),
  summary: eventEntryOf(name).description,
  messages: [ref(`channels/${keyOf(name)}/messages/${keyOf(name)}`)],
  bindings: { amqp: { deliveryMode: 2, mandatory: true, bindingVersion: '0.3.0' } },
});

const messageOf = (name: EventName): object => ({
  name: eventEntryOf(name).type,
  title: name,
  summary: eventEntryOf(name).description,
  contentType: 'application/cloudevents+json',
  payload: {
    allOf: [
      ref('components/schemas/CloudEvent'),
      {
        type: 'object',
        properties: { type: { const: eventEntryOf(name).type }, data: ref(`components/schemas/${keyOf(name)}Data`) },
      },
    ],
  },
  examples: [{ name, payload: exampleEventOf(name) }],
});

const byKey = (of: (name: EventName) => object): Readonly<Record<string, object>> =>
  Object.fromEntries(published.map((name) => [keyOf(name), of(name)]));

/** The whole document, from the order platform's side: it sends, a consumer receives. */
export function asyncApiDocument(): Readonly<Record<string, unknown>> {
  const dataSchemas = published.map((name) => [`${keyOf(name)}Data`, eventEntryOf(name).data] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ordo events',
      version: '1.0.0',
      description:
        'What the order platform tells everyone. Generated from libs/contracts/src/events; see docs/events.md.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      broker: {
        host: '{host}',
        protocol: 'amqp',
        description: 'RabbitMQ, `ORDO_AMQP_URL`',
        variables: { host: { default: 'localhost:5672' } },
      },
    },
    channels: byKey(channelOf),
    operations: byKey(operationOf),
    components: {
      parameters: { bizType: { description: 'Business type', examples: ['takeout', 'virtual'] } },
      messages: byKey(messageOf),
      schemas: { CloudEvent: cloudEventSchema, ...Object.fromEntries(dataSchemas) },
    },
  };
}
