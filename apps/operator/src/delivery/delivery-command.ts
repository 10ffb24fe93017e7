/** `delivery show | repush | recall`: where an order's goods are, and another try. */
import type { CarrierReport, CarrierReportPage, DeliveryDocument, DeliveryTimeline } from '@ordo/contracts';
import type { Command } from 'commander';
import { DeliveryApi } from '../terminal/delivery-api.js';
import { print } from '../terminal/print.js';
import { carrierReportLines, deliveryReport } from './delivery-report.js';

/** The largest page. */
const MOST_REPORTS = 100;

export function registerDelivery(program: Command): void {
  const delivery = program
    .command('delivery')
    .description('deliveries: where they are, and another try (ORDO_DELIVERY_URL)');
  delivery
    .command('show <orderId>')
    .description('the delivery of an order and its timeline')
    .option('--reports', 'and every message of its carriers, as it was signed')
    .action(async (orderId: string, { reports = false }: { readonly reports?: boolean }) => {
      const api = await DeliveryApi.open();
      await show(api, orderId);
      if (reports) carrierReportLines(await reportsOf(api, orderId)).forEach(print);
    });
  delivery
    .command('repush <orderId>')
    .description('push a waybill that no carrier has acknowledged, now')
    .action(async (orderId: string) => {
      const api = await DeliveryApi.open();
      const { outcome } = await api.send<{ outcome: string }>('POST', `/v1/deliveries/${orderId}/push`);
      print(`the push was ${outcome}`);
      if (outcome === 'failed') process.exitCode = 2;
    });
  delivery
    .command('recall <orderId>')
    .description('call again, after REJECTED, CANCELLED or EXCEPTION: attempt + 1')
    .option('--carrier <name>', 'whom to call now; default the same again')
    .action(async (orderId: string, { carrier }: { readonly carrier?: string }) => {
      const api = await DeliveryApi.open();
      await api.send('POST', `/v1/deliveries/${orderId}/recall`, carrier === undefined ? {} : { carrier });
      await show(api, orderId);
    });
}

async function show(api: DeliveryApi, orderId: string): Promise<void> {
  const delivery = await api.get<DeliveryDocument>(`/v1/deliveries/${orderId}`);
  const { entries } = await api.get<DeliveryTimeline>(`/v1/deliveries/${orderId}/timeline`);
  deliveryReport(delivery, entries).forEach(print);
}

async function reportsOf(api: DeliveryApi, orderId: string): Promise<readonly CarrierReport[]> {
  const base = `/v1/deliveries/${orderId}/carrier-reports?limit=${MOST_REPORTS}`;
  let page = await api.get<CarrierReportPage>(base);
  const all = [...page.reports];
  while (page.nextCursor !== null) {
    page = await api.get<CarrierReportPage>(`${base}&cursor=${page.nextCursor}`);
    all.push(...page.reports);
  }
  return all;
}
