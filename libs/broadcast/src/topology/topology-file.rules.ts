/** What a topology file must say beyond its shape, and what its queues are with every default filled in. */
import { streamOf } from './queue-plan.rules.js';
import { spaced } from './space.rules.js';
import {
  DEFAULT_DELIVERY_LIMIT,
  DEFAULT_MAX_LENGTH,
  DEFAULT_STREAM_BYTES,
  DEFAULT_STREAM_DAYS,
  DeadLettering,
  LossTolerance,
  OverflowPolicy,
  type QueueBinding,
  type QueueDefinition,
  type StreamDefinition,
} from './topology.js';
import { type BindingEntry, type QueueEntry, shapeOf, type TopologyFile, WORD } from './topology-file-schema.js';

/** Event names (`paid`) that each exchange knows; exchanges that are not listed are not checked. */
export type KnownEvents = Readonly<Record<string, readonly string[]>>;

/** Every rule that a parsed file breaks, by place and rule; empty if none. */
export function problemsOf(content: unknown, knownEvents: KnownEvents = {}): string[] {
  const shape = shapeOf(content);
  if ('problems' in shape) return shape.problems;
  const { exchange, queues } = shape.file;
  return queues.flatMap((queue) => [
    ...nameProblems(exchange, queue.name),
    ...lossProblems(queue),
    ...queue.bindings.flatMap((binding, index) =>
      bindingProblems(binding, knownEvents[exchange]).map((problem) => `${queue.name} bindings/${index} ${problem}`),
    ),
  ]);
}

/** The queues of a file without problems, every default filled in, named as in `space`. */
export function queuesOf(file: TopologyFile, space = ''): QueueDefinition[] {
  return file.queues.map((queue) => ({
    name: spaced(space, queue.name),
    exchange: spaced(space, file.exchange),
    consumer: queue.name.slice(file.exchange.length + 1).split('.')[0] ?? '',
    owner: queue.owner,
    bindings: queue.bindings.flatMap(routesOf),
    maxLength: queue.maxLength ?? DEFAULT_MAX_LENGTH,
    overflow: queue.overflow,
    lossTolerance: queue.lossTolerance ?? impliedTolerance(queue.overflow),
    deliveryLimit: queue.deliveryLimit ?? DEFAULT_DELIVERY_LIMIT,
    deadLettering: queue.deadLettering ?? defaultDeadLettering(queue.overflow),
    deadLetterMaxLength: queue.deadLetterMaxLength ?? DEFAULT_MAX_LENGTH,
    retry: queue.retry ?? true,
    ...(queue.load === undefined ? {} : { load: queue.load }),
  }));
}

/** The stream of a file that asks for one. */
export function streamsOf({ exchange, stream }: TopologyFile, space = ''): StreamDefinition[] {
  if (stream === undefined) return [];
  const { maxAgeDays = DEFAULT_STREAM_DAYS, maxBytes = DEFAULT_STREAM_BYTES } = stream;
  const here = spaced(space, exchange);
  return [{ name: streamOf(here), exchange: here, maxAgeDays, maxBytes }];
}

const impliedTolerance = (overflow: OverflowPolicy): LossTolerance =>
  overflow === OverflowPolicy.DROP_HEAD ? LossTolerance.OLDEST : LossTolerance.NONE;

/** Under drop-head RabbitMQ would dead-letter each overflowing message: a second write for what the file calls expendable. */
function defaultDeadLettering(overflow: OverflowPolicy): DeadLettering {
  return overflow === OverflowPolicy.DROP_HEAD ? DeadLettering.CONSUMER : DeadLettering.BROKER;
}

function routesOf(binding: BindingEntry): QueueBinding[] {
  const keys = binding.routingKey === undefined ? keysOf(binding) : [binding.routingKey];
  const delay = binding.delaySeconds === undefined ? {} : { delaySeconds: binding.delaySeconds };
  return keys.map((routingKey) => ({ routingKey, ...delay }));
}

function keysOf({ bizType, bizTypes, events }: BindingEntry): string[] {
  const types = bizTypes ?? (bizType === undefined ? [] : [bizType]);
  return types.flatMap((type) => (events ?? []).map((event) => `${type}.${event}`));
}

function nameProblems(exchange: string, name: string): string[] {
  const own = `${exchange}.`;
  const rest = name.startsWith(own) ? name.slice(own.length) : '';
  if (new RegExp(`^${WORD}\\.${WORD}$`).test(rest)) return [];
  return [`${name} must be named ${exchange}.<consumer>.<purpose>`];
}

/** Who can lose nothing must push back; who can lose the oldest must not, because a full queue that pushes back is everybody's. */
function lossProblems({ name, overflow, lossTolerance }: QueueEntry): string[] {
  if (lossTolerance === undefined || lossTolerance === impliedTolerance(overflow)) return [];
  const wanted = lossTolerance === LossTolerance.NONE ? OverflowPolicy.REJECT_PUBLISH : OverflowPolicy.DROP_HEAD;
  return [`${name} has lossTolerance ${lossTolerance}, which needs overflow ${wanted}, not ${overflow}`];
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
