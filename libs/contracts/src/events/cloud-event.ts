/** The envelope of every broadcast: CloudEvents 1.0, structured JSON mode, with the extensions of DESIGN §4. */
export interface CloudEvent<Data = Readonly<Record<string, unknown>>> {
  readonly specversion: '1.0';
  /** `<orderId>-<version>`, for a refund `<refundId>-<version>`: a repeat carries the same id, so a consumer recognises it. */
  readonly id: string;
  readonly source: string;
  /** `ordo.order.paid.v1`. */
  readonly type: string;
  /** The order id. */
  readonly subject: string;
  /** When it happened, ISO-8601 with milliseconds and Z. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /** When it was handed to the exchange; `time` to `senttime` is what the relay cost. */
  readonly senttime: string;
  readonly userid: string;
  readonly merchantid: string;
  readonly biztype: string;
  /** Of the record that changed: the order, or the refund whose id begins the event id. */
  readonly orderversion: number;
  /** Who acted; absent where nobody did. */
  readonly role?: number;
  readonly traceparent?: string;
  readonly data: Data;
}

/** An event larger than this is not published: brokers and consumers are sized for it (DESIGN §4). */
export const MAX_EVENT_BYTES = 131_072;

export const eventIdOf = (recordId: string, version: number): string => `${recordId}-${version}`;
