import { Ajv, type ErrorObject } from 'ajv';
import {
  DEFAULT_DELIVERY_LIMIT,
  DEFAULT_MAX_LENGTH,
  DeadLettering,
  OverflowPolicy,
  type QueueBinding,
  type QueueDefinition,
} from './topology.js';

/** A binding as written: event names of one business type, or one whole routing key (`#`). */
interface BindingEntry {
  readonly bizType?: string;
  readonly events?: readonly string[];
  readonly routingKey?: string;
  readonly delaySeconds?: number;
  readonly wildcardReason?: string;
}

interface QueueEntry {
  readonly name: string;
  readonly owner: string;
  readonly bindings: readonly BindingEntry[];
  readonly overflow: OverflowPolicy;
  readonly maxLength?: number;
  readonly deliveryLimit?: number;
  readonly deadLettering?: DeadLettering;
  readonly deadLetterMaxLength?: number;
  readonly retry?: boolean;
}

export interface TopologyFile {
  readonly exchange: string;
  readonly description?: string;
  readonly queues: readonly QueueEntry[];
}

/** Event names (`paid`) that each exchange knows; exchanges that are not listed are not checked. */
export type KnownEvents = Readonly<Record<string, readonly string[]>>;

/** Words that AMQP topic patterns, our names and the broker's listings have in common. */
const WORD = '[a-z][a-z0-9_-]*';
/** One day. A longer delay is a timer of the domain, not a property of a binding. */
const MAX_DELAY_SECONDS = 86_400;
/** A wildcard's reason is a sentence for its reader, not a tick. */
const MIN_REASON_LENGTH = 20;

const count = (maximum: number) => ({ type: 'integer', minimum: 1, maximum });
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['exchange', 'queues'],
  properties: {
    exchange: { type: 'string', pattern: `^${WORD}\\.${WORD}$` },
    description: { type: 'string' },
    queues: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'owner', 'bindings', 'overflow'],
        properties: {
          name: { type: 'string', maxLength: 200 },
          owner: { type: 'string', minLength: 1 },
          overflow: { enum: Object.values(OverflowPolicy) },
          maxLength: count(10_000_000),
          deliveryLimit: count(1_000),
          deadLettering: { enum: Object.values(DeadLettering) },
          deadLetterMaxLength: count(10_000_000),
          retry: { type: 'boolean' },
          bindings: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              properties: {
                bizType: { type: 'string', pattern: `^(${WORD}|\\*)$` },
                events: { type: 'array', minItems: 1, items: { type: 'string', pattern: `^(${WORD}|\\*|#)$` } },
                routingKey: { const: '#' },
                delaySeconds: count(MAX_DELAY_SECONDS),
                wildcardReason: { type: 'string', minLength: MIN_REASON_LENGTH },
              },
              oneOf: [{ required: ['bizType', 'events'] }, { required: ['routingKey'] }],
            },
          },
        },
      },
    },
  },
};
const checkShape = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile<TopologyFile>(schema);

/** Every rule that a parsed file breaks, by place and rule; empty if none. */
export function problemsOf(content: unknown, knownEvents: KnownEvents = {}): string[] {
  if (!checkShape(content)) return (checkShape.errors ?? []).map(describe);
  return content.queues.flatMap((queue) => [
    ...nameProblems(content.exchange, queue.name),
    ...queue.bindings.flatMap((binding, index) =>
      bindingProblems(binding, knownEvents[content.exchange]).map(
        (problem) => `${queue.name} bindings/${index} ${problem}`,
      ),
    ),
  ]);
}

/** The queues of a file without problems, every default filled in. */
export function queuesOf(file: TopologyFile): QueueDefinition[] {
  return file.queues.map((queue) => ({
    name: queue.name,
    exchange: file.exchange,
    owner: queue.owner,
    bindings: queue.bindings.flatMap(routesOf),
    maxLength: queue.maxLength ?? DEFAULT_MAX_LENGTH,
    overflow: queue.overflow,
    deliveryLimit: queue.deliveryLimit ?? DEFAULT_DELIVERY_LIMIT,
    deadLettering: queue.deadLettering ?? defaultDeadLettering(queue.overflow),
    deadLetterMaxLength: queue.deadLetterMaxLength ?? DEFAULT_MAX_LENGTH,
    retry: queue.retry ?? true,
  }));
}

/** Under drop-head RabbitMQ would dead-letter each overflowing message: a second write for what the file calls expendable. */
function defaultDeadLettering(overflow: OverflowPolicy): DeadLettering {
  return overflow === OverflowPolicy.DROP_HEAD ? DeadLettering.CONSUMER : DeadLettering.BROKER;
}

function routesOf(binding: BindingEntry): QueueBinding[] {
  const keys = binding.routingKey === undefined ? keysOf(binding) : [binding.routingKey];
  const delay = binding.delaySeconds === undefined ? {} : { delaySeconds: binding.delaySeconds };
  return keys.map((routingKey) => ({ routingKey, ...delay }));
}

function keysOf({ bizType, events }: BindingEntry): string[] {
  return (events ?? []).map((event) => `${bizType}.${event}`);
}

function nameProblems(exchange: string, name: string): string[] {
  const own = `${exchange}.`;
  const rest = name.startsWith(own) ? name.slice(own.length) : '';
  if (new RegExp(`^${WORD}\\.${WORD}$`).test(rest)) return [];
  return [`${name} must be named ${exchange}.<consumer>.<purpose>`];
}

function bindingProblems(binding: BindingEntry, known: readonly string[] | undefined): string[] {
  const keys = routesOf(binding).map(({ routingKey }) => routingKey);
  const wildcards = keys.filter((key) => /[*#]/.test(key));
  const unknown = (binding.events ?? []).filter((event) => !/[*#]/.test(event) && known && !known.includes(event));
  const problems: string[] = [];
  if (wildcards.length > 0 && binding.wildcardReason === undefined) {
    problems.push(`is a wildcard (${wildcards.join(', ')}) without a wildcardReason`);
  }
  if (wildcards.length === 0 && binding.wildcardReason !== undefined)
    problems.push('has a wildcardReason but no wildcard');
  if (unknown.length > 0) problems.push(`names events that are not in the catalogue: ${unknown.join(', ')}`);
  return problems;
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const extra = 'additionalProperty' in params ? ` (${String(params.additionalProperty)})` : '';
  return `${instancePath || '/'} ${message ?? 'is invalid'}${extra}`;
}
