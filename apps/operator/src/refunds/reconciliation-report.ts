/** The lines of `refund reconcile`: per channel its sums, and each difference for a person. */

export interface ChannelDay {
  readonly channel: string;
  readonly date: string;
  readonly channelRefunds: number;
  readonly channelMoved: number;
  readonly ledgerConfirmed: number;
  readonly differences: readonly {
    readonly kind: string;
    readonly refundNumber: string | null;
    readonly reference: string | null;
    readonly channelAmount: number | null;
    readonly ledgerAmount: number | null;
    readonly ledgerState: string | null;
  }[];
}

const orDash = (value: string | number | null): string => (value === null ? '-' : String(value));

export function reconciliationReport(channels: readonly ChannelDay[]): readonly string[] {
  return channels.flatMap(({ channel, date, channelRefunds, channelMoved, ledgerConfirmed, differences }) => [
    `${channel} ${date}: ${channelRefunds} refunds, ${channelMoved} moved by the channel, ${ledgerConfirmed} confirmed by the ledger, ` +
      `${differences.length} differences`,
    ...differences.map(
      ({ kind, refundNumber, reference, channelAmount, ledgerAmount, ledgerState }) =>
        `  ${kind}  refund ${orDash(refundNumber)}  reference ${orDash(reference)}  channel ${orDash(channelAmount)}  ` +
        `ledger ${orDash(ledgerAmount)} ${ledgerState ?? ''}`.trimEnd(),
    ),
  ]);
}
