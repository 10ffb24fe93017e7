/** The shape of one line of the event catalogue. */

/** A JSON Schema (draft 2020-12) as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type EventExchange = 'ordo.order' | 'ordo.refund' | 'ordo.delivery';

export interface EventEntry {
  readonly exchange: EventExchange;
  /** The CloudEvents `type`; a change that breaks consumers is a new `.v2` beside it. */
  readonly type: string;
  /** The last word of the routing key `<bizType>.<event>`. */
  readonly routingEvent: string;
  /** Reserved names are promised to consumers but not published by this release. */
  readonly stage: 'published' | 'reserved';
  readonly description: string;
  /** The schema of `data`. Open: a consumer ignores members that it does not know. */
  readonly data: JsonSchema;
  /** A whole `data` that satisfies the schema. */
  readonly example: Readonly<Record<string, unknown>>;
}
