/** `docs/events.md`, derived from the catalogue: what a consumer needs to bind, to read and to be safe against repeats. */
import { cloudEventSchema } from '../events/cloud-event-schema.js';
import { type EventName, eventEntryOf, eventNames } from '../events/event-catalogue.js';
import type { JsonSchema } from '../events/event-entry.js';
import { exampleEventOf } from '../events/example-event.js';
import { markdownTable } from './markdown-table.js';

type Fields = Readonly<Record<string, JsonSchema>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));

const typeText = (schema: JsonSchema): string => {
  const { type, format, const: only } = schema;
  if (only !== undefined) return `\`${textOf(only)}\``;
  if (Array.isArray(schema['enum'])) return schema['enum'].map((word) => `\`${textOf(word)}\``).join(' ');
  if (type === 'array') return `list of ${typeText(schema['items'] as JsonSchema)}`;
  const words = Array.isArray(type) ? type.join(' or ') : textOf(type);
  return format === undefined ? words : `${words} (${textOf(format)})`;
};

const meaningOf = ({ description }: JsonSchema): string => (typeof description === 'string' ? description : '');

/** Indented, with a list of one word on one line, as the formatter of the repository writes it. */
const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).replaceAll(/\[\n\s+("[^"]*")\n\s+\]/g, '[$1]');

function fieldTable(schema: JsonSchema): string[] {
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = Object.entries((schema['properties'] ?? {}) as Fields).map(([name, field]) => [
    `\`${name}\``,
    typeText(field),
    required.includes(name) ? 'yes' : 'no',
    meaningOf(field),
  ]);
  return markdownTable(['Field', 'Type', 'Always', 'Meaning'], rows);
}

function eventSection(name: EventName): string[] {
  const { type, exchange, routingEvent, description, data, example } = eventEntryOf(name);
  return [
    `### ${name}`,
    '',
    description,
    '',
    `Type \`${type}\`, exchange \`${exchange}\`, routing key \`<bizType>.${routingEvent}\`. \`data\`:`,
    '',
    ...fieldTable(data),
    '',
    '```json',
    jsonText(example),
    '```',
    '',
  ];
}

const reservedRow = (name: EventName): string[] => {
  const { exchange, routingEvent, description } = eventEntryOf(name);
  return [`\`${name}\``, `\`${exchange}\``, `\`<bizType>.${routingEvent}\``, description];
};

const INTRODUCTION = [
  '# Events',
  '',
  'Generated from `libs/contracts/src/events/`; a spec fails when this file is stale. Regenerate with `UPDATE_DOCS=1`',
  '(see `libs/contracts/README.md`). The same catalogue as AsyncAPI: [asyncapi.yaml](asyncapi.yaml).',
  '',
  'Events are actions, not states, and not a data sync: a consumer that needs more than `data` reads the order, which is never older',
  'than the event. Events of one order arrive at the exchange in version order and without gaps. Repeats are possible: the `id` is the',
  'same, so an inbox makes effects happen once. Unknown members are to be ignored; a breaking change is a new `.v2` type.',
  '',
  'Messages are CloudEvents 1.0 in structured JSON mode (`application/cloudevents+json`), persistent, at most 128 KB. Exchanges are',
  'durable topic exchanges; the routing key is `<bizType>.<event>`, e.g. `takeout.paid`. Bind the business types and events that you',
  'need, by name: a wildcard is refused at start-up unless the topology file states its reason.',
  '',
];

/** The whole document. */
export function eventsMarkdown(): string {
  const published = eventNames.filter((name) => eventEntryOf(name).stage === 'published');
  const reserved = eventNames.filter((name) => eventEntryOf(name).stage === 'reserved');
  return [
    ...INTRODUCTION,
    '## Envelope',
    '',
    ...fieldTable(cloudEventSchema),
    '',
    '```json',
    jsonText(exampleEventOf('order.paid')),
    '```',
    '',
    '## Published',
    '',
    ...published.flatMap(eventSection),
    '## Reserved',
    '',
    'Names of later releases, kept so that no two teams give one name two meanings. They are not published yet.',
    '',
    ...markdownTable(['Name', 'Exchange', 'Routing key', 'Meaning'], reserved.map(reservedRow)),
    '',
  ].join('\n');
}
