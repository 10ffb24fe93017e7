/** What has to be true of the databases before a process may serve. */
import type { Logger } from '@ordo/platform';
import { assertSchemasCurrent, type MigrationSet } from '@ordo/sharding';
import type { Links } from '../links/links.js';

/**
 * Throws when a schema of `migrations` is behind this code; a database node that is away is no reason, its schemas are checked by those
 * that follow. An app names the dimensions that it uses, so that another app's rollout never stops it.
 */
export async function assertSchemas(
  { pools, placement }: Links,
  migrations: MigrationSet,
  logger: Logger,
): Promise<void> {
  const { checkedSchemas, unreachableNodes } = await assertSchemasCurrent({
    readers: pools.all,
    placement,
    migrations,
  });
  logger.info('schemas are current', { checkedSchemas });
  if (unreachableNodes.length > 0) logger.warn('nodes were not checked', { unreachableNodes });
}
