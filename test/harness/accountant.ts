/**
 * The books of a load: what was promised, against what is in the user dimension, in the merchant dimension and on the wire. One lost
 * change fails the spec, whoever lost it.
 */
import { orderStatusCode } from '@ordo/contracts';
import { eventually } from '@ordo/testing';
import type { DimensionReader, StoredOrder } from './dimension-reader.js';
import type { EventRecorder } from './event-recorder.js';
import type { Ledger } from './ledger.js';

export interface Account {
  /** Requests that were sent. */
  readonly attempted: number;
  /** Requests without an answer or with a 5xx; each was repeated. */
  readonly failed: number;
  readonly orders: number;
  /** Changes that were acknowledged. */
  readonly acknowledged: number;
  readonly events: number;
  /** Acknowledged orders that a dimension does not have, or has in an older version; and versions that were never announced. */
  readonly lost: number;
  readonly missingInUser: number;
  readonly missingInMerchant: number;
  /** Versions between 1 and the order's version that no event or no timeline entry tells of. */
  readonly gaps: number;
  /** Events that were published more than once. Allowed, if they can be recognised. */
  readonly repeated: number;
  /** Repeats that say something else than the first one did. */
  readonly unrecognisable: number;
  /** Events that arrived for the first time after a later version of their order. */
  readonly outOfOrder: number;
  /** Orders of these users that no key of theirs stands for. */
  readonly surplus: number;
  /** Orders whose two dimensions tell different things at the end. */
  readonly differing: number;
  /** Placements whose clients gave up. */
  readonly unanswered: number;
  readonly unexpected: readonly string[];
}

/** What an account is when every promise was kept; `repeated` is free. */
export const NOTHING_WRONG = {
  ...{ lost: 0, missingInUser: 0, missingInMerchant: 0, gaps: 0, unrecognisable: 0, outOfOrder: 0 },
  ...{ surplus: 0, differing: 0, unanswered: 0, unexpected: [] },
} as const;

/** What waits is caught up within this time once everything is back. */
const SETTLED_MS = 30_000;

export class Accountant {
  constructor(
    private readonly reader: DimensionReader,
    private readonly recorder: EventRecorder,
  ) {}

  /** Waits until everything has arrived, or long enough to say that it will not; then counts, and prints under `title`. */
  async settle(title: string, ledger: Ledger, withinMs: number = SETTLED_MS): Promise<Account> {
    const userRows = await this.reader.ofUsers(ledger.entries.map(({ body }) => body.userId));
    await eventually(() => this.hasArrived(userRows), 'every event arrived', withinMs).catch(() => undefined);
    const account = await this.count(ledger);
    console.log(`${title}: ${JSON.stringify(account)}`);
    return account;
  }

  private hasArrived(rows: readonly StoredOrder[]): boolean {
    return rows.every(({ orderId, version }) => {
      const heard = new Set(this.recorder.of(orderId).map((event) => event.version));
      return heard.size >= version;
    });
  }

  private async count(ledger: Ledger): Promise<Account> {
    const inUser = byOrder(await this.reader.ofUsers(ledger.entries.map(({ body }) => body.userId)));
    const merchantIds = ledger.entries.map(({ body }) => body.merchantId);
    const inMerchant = byOrder(await this.reader.ofMerchants(merchantIds));
    const timelines = await this.reader.timelinesOf(merchantIds);
    const told = new Set(timelines.map(({ orderId, version }) => `${orderId}-${version}`));
    const placed = ledger.placed;
    const isBehind = (rows: ReadonlyMap<string, StoredOrder>, orderId: string, version: number): boolean =>
      (rows.get(orderId)?.version ?? 0) < version;
    const missingInUser = placed.filter(({ orderId, version }) => isBehind(inUser, orderId, version)).length;
    const missingInMerchant = placed.filter(({ orderId, version }) => isBehind(inMerchant, orderId, version)).length;
    const known = new Set(placed.map(({ orderId }) => orderId));
    const heard = new Map([...inUser.keys()].map((orderId) => [orderId, this.recorder.of(orderId)]));
    const unheard = [...inUser.values()].flatMap(({ orderId, version }) => {
      const versions = new Set(heard.get(orderId)?.map((event) => event.version));
      return versionsUpTo(version).filter((each) => !versions.has(each));
    }).length;
    const untold = [...inUser.values()].flatMap(({ orderId, version }) =>
      versionsUpTo(version).filter((each) => !told.has(`${orderId}-${each}`)),
    ).length;
    const events = [...heard.values()].flat();
    return {
      ...{ attempted: ledger.attempted, failed: ledger.failed, orders: placed.length },
      ...{ acknowledged: ledger.acknowledged, events: events.length },
      ...{
        lost: missingInUser + missingInMerchant + unheard,
        missingInUser,
        missingInMerchant,
        gaps: unheard + untold,
      },
      ...repeatsIn([...heard.values()]),
      outOfOrder: [...heard.values()].reduce((sum, of) => sum + overtakenIn(of.map(({ version }) => version)), 0),
      surplus: [...inUser.keys()].filter((orderId) => !known.has(orderId)).length,
      differing: [...inUser.values()].filter((row) => differs(row, inMerchant.get(row.orderId))).length,
      unanswered: ledger.entries.length - placed.length,
      unexpected: [...ledger.unexpected, ...statusesUnlike(ledger, inUser)].slice(0, UNEXPECTED_SHOWN),
    };
  }
}

const UNEXPECTED_SHOWN = 5;

const byOrder = (rows: readonly StoredOrder[]): Map<string, StoredOrder> =>
  new Map(rows.map((row) => [row.orderId, row]));

const versionsUpTo = (version: number): number[] => Array.from({ length: version }, (_, index) => index + 1);

const differs = (user: StoredOrder, merchant: StoredOrder | undefined): boolean =>
  merchant?.version !== user.version || merchant.status !== user.status;

/** Versions that came for the first time after a higher one. */
function overtakenIn(versions: readonly number[]): number {
  const seen = new Set<number>();
  let highest = 0;
  let overtaken = 0;
  for (const version of versions) {
    if (seen.has(version)) continue;
    seen.add(version);
    if (version < highest) overtaken += 1;
    highest = Math.max(highest, version);
  }
  return overtaken;
}

function repeatsIn(orders: readonly (readonly { id: string; says: string; redelivered: boolean }[])[]) {
  let repeated = 0;
  let unrecognisable = 0;
  for (const events of orders) {
    const first = new Map<string, string>();
    for (const { id, says, redelivered } of events) {
      const said = first.get(id);
      if (said === undefined) first.set(id, says);
      else if (said !== says) unrecognisable += 1;
      else if (!redelivered) repeated += 1;
    }
  }
  return { repeated, unrecognisable };
}

/** The client that was told of a state finds the order in it: nobody else changes the orders of a load. */
function statusesUnlike(ledger: Ledger, rows: ReadonlyMap<string, StoredOrder>): string[] {
  const codes = orderStatusCode as Readonly<Record<string, number>>;
  return ledger.placed
    .filter(({ orderId, status, version }) => {
      const row = rows.get(orderId);
      return row !== undefined && row.version === version && codes[String(status)] !== row.status;
    })
    .map(({ orderId, status }) => `order ${orderId} was acknowledged as ${status} and is stored in another state`);
}
