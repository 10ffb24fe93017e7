import { ConfigurationError } from '@ordo/platform';
import { startOrder } from './wiring/start-order.js';

try {
  await startOrder(process.env);
} catch (error) {
  // Before there is a configuration there is no logger; its problems are meant for the person at the terminal.
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
