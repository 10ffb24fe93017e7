import { loadConfig, optional, ordoVariables, required, text, url } from '@ordo/configuration';
import { CallerGrant } from '@ordo/contracts';
import type { Command } from 'commander';
import { deadlineJourneys } from '../demonstration/deadline-journeys.js';
import { journeys } from '../demonstration/journeys.js';
import { print, tell } from '../terminal/print.js';
import { signToken } from '../token/sign-token.js';
import { describeToken } from '../token/token-claims.js';
import { AfterSaleRun } from './after-sale-run.js';
import { moneyDue } from './money-back.rules.js';

const variables = {
  apiUrl: optional('ORDO_API_URL', url('http', 'https'), 'http://127.0.0.1:7101'),
  aftersaleUrl: optional('ORDO_AFTERSALE_URL', url('http', 'https'), 'http://127.0.0.1:7201'),
  channelUrl: required('ORDO_SIMULATED_CHANNEL_URL', url('http', 'https')),
  amqpUrl: ordoVariables.amqpUrl,
  // Where it is set, the forward demonstration has shown orders that end by themselves, too.
  shortestDeadline: optional('ORDO_SHORTEST_DEADLINE_SECONDS', text, ''),
};

/** `demo-after-sale`: money goes back through the simulated channel, behind `demo`. Exit code 1 if anything was not as promised. */
export function registerAfterSaleDemonstration(program: Command): void {
  program
    .command('demo-after-sale')
    .description('let money go back through the simulated channel (ORDO_AFTERSALE_URL, ORDO_SIMULATED_CHANNEL_URL)')
    .action(async () => {
      const { shortestDeadline, ...options } = loadConfig(variables);
      const grants = CallerGrant.REFUND_READ;
      const reader = await signToken(describeToken({ service: 'demo-reader', grants, ttl: '10m' }));
      const shown = shortestDeadline === '' ? journeys : [...journeys, ...deadlineJourneys];
      const amounts = shown.map(moneyDue).filter((amount) => amount > 0);
      const due = { orders: amounts.length, amount: amounts.reduce((sum, amount) => sum + amount, 0) };
      const problems = await new AfterSaleRun({ ...options, reader, due }).show();
      if (problems.length === 0) {
        print('\neverything was as promised');
        return;
      }
      tell(`\n${problems.length} things were not as promised:`);
      for (const problem of problems) tell(`  ✗ ${problem}`);
      process.exitCode = 1;
    });
}
