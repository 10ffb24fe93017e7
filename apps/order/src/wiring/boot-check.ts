/** What has to be true before a process may serve: sound state tables, and schemas that are not behind its code. */
import { migrations } from '@ordo/migrations';
import type { Logger } from '@ordo/platform';
import { assertSchemasCurrent } from '@ordo/sharding';
import { assertTablesSound } from '../lifecycle/soundness.rules.js';
import type { Links } from './links.js';

/** Throws when the process must not start; a database node that is away is no reason, its schemas are checked by those that follow. */
export async function assertBootable({ pools, placement }: Links, logger: Logger): Promise<void> {
  assertTablesSound();
  const { checkedSchemas, unreachableNodes } = await assertSchemasCurrent({
    readers: pools.all,
    placement,
    migrations,
  });
  logger.info('schemas are current', { checkedSchemas });
  if (unreachableNodes.length > 0) logger.warn('nodes were not checked', { unreachableNodes });
}
