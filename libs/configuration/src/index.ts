/** @ordo/configuration: what a program reads from its environment: its variables, and the keys that tokens are signed and checked with. */
export {
  importKeySet,
  type KeySetDocument,
  readKeySet,
  unfitForProduction,
  type VerificationKey,
} from './keys/key-set.js';
export { issueToken, type TokenRequest } from './keys/token-issuer.js';
export { ConfigurationError } from './variables/configuration.errors.js';
export { type Environment, loadConfig } from './variables/configuration.js';
export { type OrdoConfig, ordoVariables } from './variables/ordo-variables.js';
export {
  integerBetween,
  list,
  oneOf,
  serverOrCluster,
  setOf,
  text,
  timeZone,
  url,
  urls,
} from './variables/readers.js';
export { type Configuration, optional, required, type Variable, type VariableTable } from './variables/variable.js';
