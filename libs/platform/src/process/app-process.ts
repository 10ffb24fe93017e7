/**
 * One program of the house, from its configuration to its end. Starting: configuration, then what the app does; an app that cannot start
 * says why and ends with code 1. Stopping: `GracefulStop` takes the steps that the app added while it started.
 */
import { type Configuration, ConfigurationError, loadConfig, type ordoVariables } from '@ordo/configuration';
import { HealthRegistry } from '../health/health-registry.js';
import { JsonLogger } from '../logging/json-logger.js';
import type { Logger } from '../logging/logger.js';
import { Metrics } from '../metrics/metrics.js';
import { GracefulStop, StopStage } from '../stopping/graceful-stop.js';

/** What a running program has from its first moment on. */
export interface AppProcess<Config> {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
  readonly stop: GracefulStop;
}

export interface AppDefinition<Table extends typeof ordoVariables> {
  /** `order`: its logs say `order-api`, `order-worker`. */
  readonly name: string;
  /** The house's variables and the app's own. */
  readonly variables: Table;
  /** Connects, checks and serves, and adds to `stop` what undoes each step. Throws when the process must not start. */
  readonly start: (running: AppProcess<Configuration<Table>>) => Promise<void>;
}

/** Runs the app in the roles that the environment names. Ends the process with code 1 when it must not start. */
export async function runApp<Table extends typeof ordoVariables>(
  definition: AppDefinition<Table>,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const config = configOf(definition.variables, environment);
  if (config !== undefined) await run(definition, config);
}

/** Before there is a configuration there is no logger; its problems are meant for the person at the terminal. */
function configOf<Table extends typeof ordoVariables>(
  variables: Table,
  environment: NodeJS.ProcessEnv,
): Configuration<Table> | undefined {
  try {
    return loadConfig(variables, environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

async function run<Table extends typeof ordoVariables>(
  { name, start }: AppDefinition<Table>,
  config: Configuration<Table>,
): Promise<void> {
  const { logLevel, roles } = config as Configuration<typeof ordoVariables>;
  const logger = JsonLogger.create({ level: logLevel, service: `${name}-${[...roles].join('-')}` });
  let hasStarted = true;
  const stop = new GracefulStop({
    logger,
    exit: (code) => {
      logger.flush();
      process.exit(hasStarted ? code : 1);
    },
  });
  stop.listen();
  const health = new HealthRegistry();
  stop.add(StopStage.ANNOUNCE, 'readiness', () => health.announceStop());
  try {
    await start({ config, logger, metrics: new Metrics(), health, stop });
  } catch (error) {
    hasStarted = false;
    logger.error(`the ${name} app does not start`, { error });
    await stop.stop('it could not start');
  }
}
