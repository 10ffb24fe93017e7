import type { Command } from 'commander';
import { tell } from '../terminal/print.js';
import { demonstrateDeliveries } from './delivery-demonstration.js';

/** `demo-delivery`: orders to their door through the simulated carrier. Exit code 1 if anything was not as promised. */
export function registerDeliveryDemonstration(program: Command): void {
  program
    .command('demo-delivery')
    .description(
      'have orders delivered by the simulated carrier (ORDO_DELIVERY_URL, ORDO_CARRIER_SIMULATOR_URL, ORDO_AFTERSALE_URL)',
    )
    .action(async () => {
      const problems = await demonstrateDeliveries();
      if (problems.length === 0) return;
      tell(`\n${problems.length} things were not as promised:`);
      for (const problem of problems) tell(`  ✗ ${problem}`);
      process.exitCode = 1;
    });
}
