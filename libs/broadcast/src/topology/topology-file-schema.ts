/** The shape of a topology file, as a JSON Schema: what is not named here is refused, so that no setting is one that nobody reads. */
import { Ajv, type ErrorObject } from 'ajv';
import { type ConsumerLoad, DeadLettering, LossTolerance, OverflowPolicy } from './topology.js';

/** A binding as written: event names of some business types, or one whole routing key (`#`). */
export interface BindingEntry {
  readonly bizType?: string;
  readonly bizTypes?: readonly string[];
  readonly events?: readonly string[];
  readonly routingKey?: string;
  readonly delaySeconds?: number;
  readonly wildcardReason?: string;
}

export interface QueueEntry {
  readonly name: string;
  readonly description?: string;
  readonly owner: string;
  readonly bindings: readonly BindingEntry[];
  readonly overflow: OverflowPolicy;
  readonly lossTolerance?: LossTolerance;
  readonly maxLength?: number;
  readonly deliveryLimit?: number;
  readonly deadLettering?: DeadLettering;
  readonly deadLetterMaxLength?: number;
  readonly retry?: boolean;
  readonly load?: ConsumerLoad;
}

export interface TopologyFile {
  readonly exchange: string;
  readonly description?: string;
  /** Keeps everything that the exchange published; `{}` for the defaults. */
  readonly stream?: { readonly maxAgeDays?: number; readonly maxBytes?: number };
  readonly queues: readonly QueueEntry[];
}

/** Words that AMQP topic patterns, our names and the broker's listings have in common. */
export const WORD = '[a-z][a-z0-9_-]*';
/** One day. A longer delay is a timer of the domain, not a property of a binding. */
const MAX_DELAY_SECONDS = 86_400;
/** A wildcard's reason is a sentence for its reader, not a tick. */
const MIN_REASON_LENGTH = 20;
/** A handler that takes longer than this on average holds its message past every stop; the work belongs elsewhere. */
const MAX_HANDLER_MS = 60_000;

const MAX_STREAM_DAYS = 365;

const count = (maximum: number) => ({ type: 'integer', minimum: 1, maximum });
const bizType = { type: 'string', pattern: `^(${WORD}|\\*)$` };

const binding = {
  type: 'object',
  additionalProperties: false,
  properties: {
    bizType,
    bizTypes: { type: 'array', minItems: 1, uniqueItems: true, items: bizType },
    events: {
      type: 'array',
      minItems: 1,
      uniqueItems: true,
      items: { type: 'string', pattern: `^(${WORD}|\\*|#)$` },
    },
    routingKey: { const: '#' },
    delaySeconds: count(MAX_DELAY_SECONDS),
    wildcardReason: { type: 'string', minLength: MIN_REASON_LENGTH },
  },
  oneOf: [{ required: ['bizType', 'events'] }, { required: ['bizTypes', 'events'] }, { required: ['routingKey'] }],
};

const load = {
  type: 'object',
  additionalProperties: false,
  required: ['handlerMs', 'instances', 'peakPerSecond'],
  properties: {
    handlerMs: { type: 'number', exclusiveMinimum: 0, maximum: MAX_HANDLER_MS },
    instances: count(1_000),
    peakPerSecond: { type: 'number', exclusiveMinimum: 0, maximum: 1_000_000 },
  },
};

const queue = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'owner', 'bindings', 'overflow'],
  properties: {
    name: { type: 'string', maxLength: 200 },
    description: { type: 'string' },
    owner: { type: 'string', minLength: 1 },
    overflow: { enum: Object.values(OverflowPolicy) },
    lossTolerance: { enum: Object.values(LossTolerance) },
    maxLength: count(10_000_000),
    deliveryLimit: count(1_000),
    deadLettering: { enum: Object.values(DeadLettering) },
    deadLetterMaxLength: count(10_000_000),
    retry: { type: 'boolean' },
    load,
    bindings: { type: 'array', minItems: 1, items: binding },
  },
};

const file = {
  type: 'object',
  additionalProperties: false,
  required: ['exchange', 'queues'],
  properties: {
    exchange: { type: 'string', pattern: `^${WORD}\\.${WORD}$` },
    description: { type: 'string' },
    stream: {
      type: 'object',
      additionalProperties: false,
      properties: { maxAgeDays: count(MAX_STREAM_DAYS), maxBytes: count(Number.MAX_SAFE_INTEGER) },
    },
    queues: { type: 'array', items: queue },
  },
};

const checkShape = new Ajv({ allErrors: true, strict: true, strictRequired: false }).compile<TopologyFile>(file);

/** The file, or every rule of the shape that it breaks. */
export function shapeOf(content: unknown): { readonly file: TopologyFile } | { readonly problems: string[] } {
  return checkShape(content) ? { file: content } : { problems: (checkShape.errors ?? []).map(describe) };
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const extra = 'additionalProperty' in params ? ` (${String(params.additionalProperty)})` : '';
  return `${instancePath || '/'} ${message ?? 'is invalid'}${extra}`;
}
