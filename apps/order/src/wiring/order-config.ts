/** The variables of the order app: those of the house, and its own. */
import { type Configuration, ConfigurationError, integerBetween, optional, ordoVariables } from '@ordo/configuration';

const SHORTEST = 'ORDO_SHORTEST_DEADLINE_SECONDS';
/** An hour is above every floor already: more could only be a mistake. */
const MAX_SHORTEST_SECONDS = 3_600;

/** Twice what one process is asked to hold; each is a socket and some 20 KB. */
const MOST_STREAMS = 10_000;
/** Ten thousand reads a second of one service and process. */
const READS_PER_MINUTE = 600_000;
const MAX_READS_PER_MINUTE = 10_000_000;

export const orderVariables = {
  ...ordoVariables,
  feedStreams: optional('ORDO_FEED_STREAMS', integerBetween(0, 1_000_000), MOST_STREAMS),
  serviceReadsPerMinute: optional(
    'ORDO_READS_SERVICE_PER_MINUTE',
    integerBetween(1, MAX_READS_PER_MINUTE),
    READS_PER_MINUTE,
  ),
  shortestDeadlineSeconds: optional<number | undefined>(SHORTEST, integerBetween(1, MAX_SHORTEST_SECONDS), undefined),
} as const;

export type OrderConfig = Configuration<typeof orderVariables>;

/** Throws a ConfigurationError where a floor that is lowered for demonstrations and tests would be lowered for everybody. */
export function assertDeadlineFloor(config: Pick<OrderConfig, 'environment' | 'shortestDeadlineSeconds'>): void {
  if (config.environment !== 'production' || config.shortestDeadlineSeconds === undefined) return;
  throw new ConfigurationError([{ name: SHORTEST, rule: 'is for demonstrations and tests, not for production' }]);
}
