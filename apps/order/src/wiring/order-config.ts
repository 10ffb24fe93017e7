/** The variables of the order app: those of the house, and its own. */
import { type Configuration, ConfigurationError, integerBetween, optional, ordoVariables } from '@ordo/platform';

const SHORTEST = 'ORDO_SHORTEST_DEADLINE_SECONDS';
/** An hour is above every floor already: more could only be a mistake. */
const MAX_SHORTEST_SECONDS = 3_600;

export const orderVariables = {
  ...ordoVariables,
  shortestDeadlineSeconds: optional<number | undefined>(SHORTEST, integerBetween(1, MAX_SHORTEST_SECONDS), undefined),
} as const;

export type OrderConfig = Configuration<typeof orderVariables>;

/** Throws a ConfigurationError where a floor that is lowered for demonstrations and tests would be lowered for everybody. */
export function assertDeadlineFloor(config: Pick<OrderConfig, 'environment' | 'shortestDeadlineSeconds'>): void {
  if (config.environment !== 'production' || config.shortestDeadlineSeconds === undefined) return;
  throw new ConfigurationError([{ name: SHORTEST, rule: 'is for demonstrations and tests, not for production' }]);
}
