import type { Channel } from 'amqplib';

/**
 * So many acknowledgements the broker's side of a quorum queue sends on at once (its soft limit is 32); more are held back until it hears of
 * the earlier ones, and dropped when the channel closes meanwhile: what was handled is then delivered again.
 */
export const ACKNOWLEDGED_AT_ONCE = 25;

/**
 * Resolves when the queue has applied the acknowledgements that `channel` sent before. AMQP has no answer to them, but a `get` is answered
 * by the queue behind them; the second one is behind those that were held back until the first. A message that it hands out goes straight back.
 */
export async function acknowledged(channel: Channel, queue: string, sent = ACKNOWLEDGED_AT_ONCE): Promise<void> {
  for (let asked = 0; asked < (sent > ACKNOWLEDGED_AT_ONCE ? 2 : 1); asked += 1) {
    const beyond = await channel.get(queue);
    if (beyond !== false) channel.nack(beyond);
  }
}
