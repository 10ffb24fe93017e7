import { Transient } from '@ordo/kernel';
import { type ChannelModel, connect } from 'amqplib';
import { withDeadline } from './deadline.js';

/** A broker in its first second, or one that elects leaders, may take a moment per queue. */
const WORK_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;

/** The broker is away or did not answer in time; asking again is safe. */
export function brokerUnavailable(cause: unknown): Transient {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Transient('BROKER_UNAVAILABLE', `the broker did not answer: ${reason}`, 1_000, {}, { cause });
}

export interface OwnConnectionOptions {
  readonly url: string;
  /** What the work is, for the message of a deadline. */
  readonly what: string;
  /** Default 30000. */
  readonly timeoutMs?: number;
  /** Errors that say something else than that the broker is away. */
  readonly passes?: (cause: unknown) => boolean;
}

/**
 * Does `work` on a connection of its own and closes it: for programs that do one thing and end. Throws Transient `BROKER_UNAVAILABLE`
 * if the broker is away or the work took too long; errors that `passes` knows come through unchanged.
 */
export async function onOwnConnection<T>(
  { url, what, timeoutMs = WORK_TIMEOUT_MS, passes = () => false }: OwnConnectionOptions,
  work: (connection: ChannelModel) => Promise<T>,
): Promise<T> {
  const asUnavailable = (cause: unknown): never => {
    throw passes(cause) ? cause : brokerUnavailable(cause);
  };
  const connection = await open(url).catch(asUnavailable);
  try {
    return await withDeadline(work(connection), timeoutMs, what).catch(asUnavailable);
  } finally {
    await withDeadline(connection.close(), CONNECT_TIMEOUT_MS, 'closing').catch(() => {});
  }
}

async function open(url: string): Promise<ChannelModel> {
  const connecting = connect(url, { timeout: CONNECT_TIMEOUT_MS });
  const connection = await withDeadline(connecting, CONNECT_TIMEOUT_MS + 500, 'connecting', (late) => {
    late.close().catch(() => {});
  });
  // The request in flight fails with the same error; without a listener Node would end the process.
  connection.on('error', () => {});
  return connection;
}
