/** What the operator reads of a topology: the registry of the files, the plan against a broker, and the drift. */
import {
  type Declared,
  type Finding,
  type Inspection,
  prefetchFor,
  type QueueDefinition,
  type Topology,
} from '@ordo/broadcast';
import { eventCatalogue } from '@ordo/contracts';

const NAME_WIDTH = 34;
const MARK: Readonly<Record<Finding['standing'], string>> = { missing: '+', same: '=', differs: '!', unseen: '~' };

/** One block per queue, and what nobody listens to. */
export function registryLines(topology: Topology): string[] {
  const { queues, exchanges, space } = topology;
  const head = `${exchanges.length} exchanges, ${queues.length} queues${space === '' ? '' : `, in the space ${space}`}`;
  return [head, ...queues.flatMap(queueLines), ...unheardLines(topology)];
}

function queueLines(queue: QueueDefinition): string[] {
  const { name, owner, maxLength, overflow, lossTolerance, deliveryLimit, load } = queue;
  const loss = lossTolerance === 'none' ? 'loses nothing, pushes back when full' : 'loses its oldest when full';
  const prefetch =
    load === undefined
      ? 'no load given, so no prefetch is computed'
      : `prefetch ${prefetchFor(load, maxLength)} in each of ${load.instances} (${load.handlerMs} ms, ${load.peakPerSecond}/s)`;
  return [
    `  ${name}`,
    `    ${'owner'.padEnd(NAME_WIDTH)} ${owner}`,
    `    ${'length, when full'.padEnd(NAME_WIDTH)} ${maxLength}, ${overflow}: ${loss}`,
    `    ${'deliveries before dead-lettering'.padEnd(NAME_WIDTH)} ${deliveryLimit}`,
    `    ${'in hand'.padEnd(NAME_WIDTH)} ${prefetch}`,
    ...queue.bindings.map(
      ({ routingKey, delaySeconds }) =>
        `    ${'hears'.padEnd(NAME_WIDTH)} ${routingKey}${delaySeconds === undefined ? '' : `, ${delaySeconds} s later`}`,
    ),
  ];
}

/** Published events that no queue names: legal, and worth a thought. Wildcards name nothing. */
function unheardLines({ queues, space }: Topology): string[] {
  const unheard = Object.values(eventCatalogue).filter(({ stage, exchange, routingEvent }) => {
    const here = space === '' ? exchange : `${space}.${exchange}`;
    const named = queues.filter((queue) => queue.exchange === here).flatMap(({ bindings }) => bindings);
    return stage === 'published' && !named.some(({ routingKey }) => routingKey.endsWith(`.${routingEvent}`));
  });
  return unheard.length === 0 ? [] : [`no queue names: ${unheard.map(({ type }) => type).join(', ')}`];
}

export function planLines({ claim, findings }: Inspection): string[] {
  return [claimLine(claim), ...findings.map(findingLine), countsLine(findings)];
}

/** Empty when nothing is amiss. */
export function driftLines({ claim, findings }: Inspection): string[] {
  const drifted = findings.filter(({ standing }) => standing === 'missing' || standing === 'differs');
  return [...(claim === 'ours' ? [] : [claimLine(claim)]), ...drifted.map(findingLine)];
}

function claimLine(claim: Inspection['claim']): string {
  if (claim === 'ours') return '= environment: ours';
  if (claim === 'unclaimed') return '+ environment: unclaimed';
  return `! environment: ${claim.message}`;
}

function findingLine({ declared, standing, difference, messages, consumers }: Finding): string {
  const seen = messages === undefined ? '' : `  (${messages} messages, ${consumers} consumers)`;
  const why = difference === undefined ? '' : `: ${difference}`;
  return `${MARK[standing]} ${declared.kind} ${nameOf(declared)}${why}${seen}`;
}

function nameOf(declared: Declared): string {
  if (declared.kind === 'binding') return `${declared.exchange} -- ${declared.routingKey} --> ${declared.name}`;
  if (declared.kind === 'exchange') return declared.name;
  const settings = Object.entries(declared.arguments).map(([name, value]) => `${name}=${value === '' ? "''" : value}`);
  return `${declared.name}  ${settings.join(' ')}`;
}

function countsLine(findings: readonly Finding[]): string {
  const count = (standing: Finding['standing']): number => findings.filter((each) => each.standing === standing).length;
  return `+ ${count('missing')} to declare, = ${count('same')} as they should be, ! ${count('differs')} differ and stay as they are, ~ ${count('unseen')} bindings that AMQP cannot list (declaring them again is harmless)`;
}
