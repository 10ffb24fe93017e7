/**
 * The arithmetic of the accountant, without a server: promises on one side, what each place holds on the other, and a figure for every
 * way in which they can disagree.
 */
import { orderStatusCode } from '@ordo/contracts';

export interface PromisedOrder {
  readonly orderId: string;
  /** The highest acknowledged version, and the state that was named with it. */
  readonly version: number;
  readonly status: string;
}

export interface StoredOrder {
  readonly orderId: string;
  readonly version: number;
  readonly status: number;
}

/** As it arrived. */
export interface HeardEvent {
  readonly id: string;
  readonly version: number;
  /** Everything that it says but the moment of sending. */
  readonly says: string;
  /** Delivered again by the broker, not published again. */
  readonly redelivered: boolean;
}

export interface Findings {
  readonly promised: readonly PromisedOrder[];
  readonly inUser: readonly StoredOrder[];
  readonly inMerchant: readonly StoredOrder[];
  /** `<orderId>-<version>` of every entry of every timeline. */
  readonly timelines: ReadonlySet<string>;
  readonly heardOf: (orderId: string) => readonly HeardEvent[];
}

export interface Balance {
  readonly orders: number;
  readonly events: number;
  /** Acknowledged changes that a dimension does not show, or that no event told of. */
  readonly lost: number;
  /** Acknowledged orders that the dimension does not have in the acknowledged version. */
  readonly missingInUser: number;
  readonly missingInMerchant: number;
  /** Versions of stored orders, acknowledged or not, that no event or no timeline entry tells of. */
  readonly gaps: number;
  /** Events that were published more than once. Allowed after a fault, if they can be recognised. */
  readonly repeated: number;
  /** Repeats that say something else than the first one did. */
  readonly unrecognisable: number;
  /** Events that arrived for the first time after a later version of their order. */
  readonly outOfOrder: number;
  /** Stored orders that no client was told of. */
  readonly surplus: number;
  /** Orders whose two dimensions tell different things. */
  readonly differing: number;
  /** Orders whose stored state is not the one that was acknowledged with the stored version. */
  readonly mistold: number;
}

/** What a balance is when every promise was kept; `repeated` is the fault's business. */
export const NOTHING_WRONG = {
  ...{ lost: 0, missingInUser: 0, missingInMerchant: 0, gaps: 0, unrecognisable: 0, outOfOrder: 0 },
  ...{ surplus: 0, differing: 0, mistold: 0 },
} as const;

export function balanceOf({ promised, inUser, inMerchant, timelines, heardOf }: Findings): Balance {
  const userRows = byOrder(inUser);
  const merchantRows = byOrder(inMerchant);
  const known = new Set(promised.map(({ orderId }) => orderId));
  const isHeard = (orderId: string, version: number): boolean =>
    heardOf(orderId).some((event) => event.version === version);
  const isLost = (orderId: string, version: number): boolean =>
    isBehind(userRows, orderId, version) || isBehind(merchantRows, orderId, version) || !isHeard(orderId, version);
  const isUntold = (orderId: string, version: number): boolean =>
    !isHeard(orderId, version) || !timelines.has(`${orderId}-${version}`);
  const arrivals = [...new Set([...known, ...userRows.keys()])].map(heardOf);
  return {
    orders: promised.length,
    events: arrivals.flat().length,
    lost: versionsWhere(promised, isLost),
    missingInUser: promised.filter(({ orderId, version }) => isBehind(userRows, orderId, version)).length,
    missingInMerchant: promised.filter(({ orderId, version }) => isBehind(merchantRows, orderId, version)).length,
    gaps: versionsWhere(inUser, isUntold),
    repeated: sum(arrivals.map((events) => repeats(events).same)),
    unrecognisable: sum(arrivals.map((events) => repeats(events).other)),
    outOfOrder: sum(arrivals.map((events) => overtaken(events))),
    surplus: inUser.filter(({ orderId }) => !known.has(orderId)).length,
    differing: inUser.filter((row) => differs(row, merchantRows.get(row.orderId))).length,
    mistold: promised.filter((order) => isMistold(order, userRows.get(order.orderId))).length,
  };
}

type Rows = ReadonlyMap<string, StoredOrder>;

const byOrder = (rows: readonly StoredOrder[]): Rows => new Map(rows.map((row) => [row.orderId, row]));

const sum = (figures: readonly number[]): number => figures.reduce((total, figure) => total + figure, 0);

const isBehind = (rows: Rows, orderId: string, version: number): boolean => (rows.get(orderId)?.version ?? 0) < version;

const differs = (user: StoredOrder, merchant: StoredOrder | undefined): boolean =>
  merchant?.version !== user.version || merchant.status !== user.status;

/** Nobody else changes the orders of a load, so the version that was acknowledged has the state that was acknowledged. */
function isMistold({ version, status }: PromisedOrder, row: StoredOrder | undefined): boolean {
  const codes: Readonly<Record<string, number>> = orderStatusCode;
  return row?.version === version && row.status !== codes[status];
}

/** How many of the versions 1 to `version` of all orders are as asked. */
function versionsWhere(
  orders: readonly { readonly orderId: string; readonly version: number }[],
  holds: (orderId: string, version: number) => boolean,
): number {
  return sum(
    orders.map(({ orderId, version }) => {
      const versions = Array.from({ length: version }, (_, index) => index + 1);
      return versions.filter((each) => holds(orderId, each)).length;
    }),
  );
}

function overtaken(events: readonly HeardEvent[]): number {
  const seen = new Set<number>();
  let highest = 0;
  let count = 0;
  for (const { version } of events) {
    if (!seen.has(version) && version < highest) count += 1;
    seen.add(version);
    highest = Math.max(highest, version);
  }
  return count;
}

function repeats(events: readonly HeardEvent[]): { same: number; other: number } {
  const first = new Map<string, string>();
  const count = { same: 0, other: 0 };
  for (const { id, says, redelivered } of events) {
    const said = first.get(id);
    if (said === undefined) first.set(id, says);
    else if (said !== says) count.other += 1;
    else if (!redelivered) count.same += 1;
  }
  return count;
}
