/** `compensation show | retry`: what an order was granted and how far it is paid, and another try for a payout that waits for a person. */
import { type CompensationDocument, transient } from '@ordo/contracts';
import type { Command } from 'commander';
import { AftersaleApi } from '../terminal/aftersale-api.js';
import { withPools } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { compensationReport, idsToRetry } from './compensation-report.js';
import { readCompensationRows } from './compensation-rows.repository.js';

const RETRY_AFTER_MS = 5_000;

export function registerCompensation(program: Command): void {
  const compensation = program
    .command('compensation')
    .description('compensations: how far they are paid, and another try (ORDO_AFTERSALE_URL)');
  compensation
    .command('show <number>')
    .description(
      'all that is stored of an order’s compensations; by order number or compensation id; reads the tables, needs no app',
    )
    .action(async (number: string) => {
      const rows = await withPools((pools) => readCompensationRows(pools, number));
      compensationReport(number, rows).forEach(print);
    });
  compensation
    .command('retry <number>')
    .description(
      'try a payout that waits for a person again, under its own number; by compensation id, or all that wait of an order',
    )
    .option('--note <text>', 'why, for the log')
    .action(async (number: string, { note }: { readonly note?: string }) => {
      const rows = await withPools((pools) => readCompensationRows(pools, number));
      if ('problem' in rows.grants) throw transient('NODE_UNAVAILABLE', rows.grants.problem, RETRY_AFTER_MS);
      const api = await AftersaleApi.open();
      const body = note === undefined ? {} : { note };
      for (const id of idsToRetry(number, rows)) {
        const path = `/v1/compensations/${id}/retry`;
        const { status, compensationNumber } = await api.send<CompensationDocument>('POST', path, body);
        print(
          `compensation ${id} is ${status}: the payer is asked about ${compensationNumber}, and sent to if it knows nothing`,
        );
      }
    });
}
