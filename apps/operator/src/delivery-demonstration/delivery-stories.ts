/** The orders that are brought to their door, and what has to be true of each. Data and pure checks; who plays them is delivery-demonstration.ts. */
import type { CompensationDocument, DeliveryDocument, DeliveryTimelineEntry } from '@ordo/contracts';
import type { PlannedOrder } from './delivery-stage.js';

export interface DeliveryStory extends PlannedOrder {
  readonly title: string;
  /** The merchant calls again when the carrier has refused. */
  readonly recalls: boolean;
  readonly expect: {
    readonly attempt: number;
    readonly lateness: 'PUNCTUAL' | 'LATE';
    /** What the user is paid because it came late, minor units. */
    readonly compensation: number;
    /** Events that its timeline has once each, in this order; others may lie between. */
    readonly events: readonly string[];
  };
}

/** `called` is skipped where the carrier's first report overtakes its own acknowledgement. */
const way = ['to_assign', 'to_fetch', 'at_shop', 'delivering', 'delivered'];
const named = (...states: readonly string[]): readonly string[] => states.map((state) => `delivery.${state}`);

export const deliveryStories: readonly DeliveryStory[] = [
  {
    ...{ title: 'a meal comes in time', promisedMinutes: 40, carrier: [{ run: 'deliver' }], recalls: false },
    expect: { attempt: 1, lateness: 'PUNCTUAL', compensation: 0, events: named('to_call', ...way) },
  },
  {
    title: 'nobody can be found, and the merchant calls again',
    ...{ promisedMinutes: 60, carrier: [{ run: 'reject' }, { run: 'deliver' }], recalls: true },
    expect: { attempt: 2, lateness: 'PUNCTUAL', compensation: 0, events: named('rejected', 'delivered') },
  },
  {
    ...{ title: 'a meal comes too late', promisedMinutes: 10, carrier: [{ run: 'deliver' }], recalls: false },
    expect: { attempt: 1, lateness: 'LATE', compensation: 400, events: named('to_call', ...way, 'late') },
  },
];

/** What came of the order elsewhere. */
export interface Aftermath {
  readonly orderStatus: string;
  readonly compensations: readonly Pick<CompensationDocument, 'amount' | 'status'>[];
}

/** Empty when everything was as promised. */
export function storyProblems(
  { expect }: DeliveryStory,
  delivery: DeliveryDocument,
  entries: readonly DeliveryTimelineEntry[],
  { orderStatus, compensations }: Aftermath,
): readonly string[] {
  const types = entries.map(({ type }) => type);
  const repeats = expect.events.filter((name) => types.filter((type) => type === name).length !== 1);
  const places = expect.events.map((name) => types.indexOf(name));
  const isInOrder = places.every((place, at) => at === 0 || place > (places[at - 1] ?? -1));
  const paid = compensations.map(({ amount, status }) => `${amount} ${status}`).join(', ') || 'nothing';
  const due = expect.compensation === 0 ? 'nothing' : `${expect.compensation} PAID`;
  const lateness = delivery.lateness?.verdict ?? 'not judged';
  return [
    ...(delivery.attempt === expect.attempt ? [] : [`attempt ${delivery.attempt}, not ${expect.attempt}`]),
    ...(lateness === expect.lateness ? [] : [`${lateness}, not ${expect.lateness}`]),
    ...(orderStatus === 'RECEIVED' ? [] : [`the order is ${orderStatus}, not RECEIVED`]),
    ...(paid === due ? [] : [`compensated with ${paid}, not ${due}`]),
    ...repeats.map((name) => `${name} is not told exactly once`),
    ...(isInOrder ? [] : [`the timeline is in another order: ${types.join(', ')}`]),
  ];
}
