/** @ordo/platform: what every app stands on: configuration, identity, HTTP front, request shapes, metrics, health, logs, stop. */
export { ConfigurationError } from './configuration/configuration.errors.js';
export { type Environment, loadConfig } from './configuration/configuration.js';
export { type OrdoConfig, ordoVariables } from './configuration/ordo-variables.js';
export { integerBetween, list, oneOf, setOf, text, timeZone, url, urls } from './configuration/readers.js';
export { type Configuration, optional, required, type Variable, type VariableTable } from './configuration/variable.js';
export type { CallContext, CallerIdentity } from './identity/caller-identity.js';
export type { TokenVerifier } from './identity/token-verifier.js';
export { type LogFacts, type Logger, silentLogger } from './logging/logger.js';
export {
  type BatchRecorder,
  type CacheRecorder,
  type ConsumerRecorder,
  Metrics,
  type RelayRecorder,
  type RequestRecorder,
} from './metrics/metrics.js';
