/** `refund show | retry | reconcile`: where an order's money is, another try for what waits for a person, and the day's books side by side. */
import type { RefundDocument } from '@ordo/contracts';
import { type Command, InvalidArgumentError } from 'commander';
import { AftersaleApi } from '../terminal/aftersale-api.js';
import { withPools } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { type ChannelDay, reconciliationReport } from './reconciliation-report.js';
import { refundReport } from './refund-report.js';
import { readRefundRows } from './refund-rows.repository.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
/** Exit code when something waits for a person. */
const ATTENTION = 2;

export function registerRefund(program: Command): void {
  const refund = program
    .command('refund')
    .description('refunds: where the money is, another try, the daily comparison (ORDO_AFTERSALE_URL)');
  refund
    .command('show <number>')
    .description(
      'all that is stored of an order’s refunds; by order number or refund id; reads the tables, needs no app',
    )
    .action(async (number: string) => {
      const rows = await withPools((pools) => readRefundRows(pools, number));
      refundReport(number, rows).forEach(print);
    });
  refund
    .command('retry <refundId>')
    .description('try a refund that waits for a person again, under its own number')
    .option('--note <text>', 'why, for the log')
    .action(async (refundId: string, { note }: { readonly note?: string }) => {
      const api = await AftersaleApi.open();
      const body = note === undefined ? {} : { note };
      const { status, refundNumber } = await api.send<RefundDocument>('POST', `/v1/refunds/${refundId}/retry`, body);
      print(
        `refund ${refundId} is ${status}: the channel is asked about ${refundNumber}, and sent to if it knows nothing`,
      );
    });
  refund
    .command('reconcile [date]')
    .description(
      'the ledger against each channel’s own list, for a UTC day (default yesterday); exit code 2 if they differ',
    )
    .action(async (date: string = yesterday()) => {
      const api = await AftersaleApi.open();
      const path = `/v1/refund-reconciliations/${dayOf(date)}`;
      const { channels } = await api.send<{ readonly channels: readonly ChannelDay[] }>('GET', path);
      reconciliationReport(channels).forEach(print);
      if (channels.some(({ differences }) => differences.length > 0)) process.exitCode = ATTENTION;
    });
}

const yesterday = (): string => new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);

function dayOf(text: string): string {
  if (DAY.test(text)) return text;
  throw new InvalidArgumentError(`a day such as 2026-11-20, got "${text}"`);
}
