import type { Command } from 'commander';
import { print, tell } from '../terminal/print.js';
import { demonstrate } from './demonstration.js';

/** A screen's worth; the count says how many there are. */
const MAX_PROBLEMS_SHOWN = 40;

/** `demo`: real orders through every transition, checked from every side. Exit code 1 if anything was not as promised. */
export function registerDemonstration(program: Command): void {
  program
    .command('demo')
    .description('drive real orders through every transition over REST (ORDO_API_URL) and check what was promised')
    .action(async () => {
      const problems = await demonstrate();
      if (problems.length === 0) {
        print('\neverything was as promised');
        return;
      }
      tell(`\n${problems.length} things were not as promised:`);
      problems.slice(0, MAX_PROBLEMS_SHOWN).forEach((problem) => tell(`  ✗ ${problem}`));
      process.exitCode = 1;
    });
}
