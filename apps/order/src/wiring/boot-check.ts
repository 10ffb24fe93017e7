/** What has to be true before a process may serve: sound state tables, and schemas that are not behind its code. */

import { assertSchemas, type Links } from '@ordo/assembly';
import { migrations } from '@ordo/migrations';
import type { Logger } from '@ordo/platform';
import { assertTablesSound } from '../lifecycle/soundness.rules.js';

/** Throws when the process must not start. */
export async function assertBootable(links: Links, logger: Logger): Promise<void> {
  assertTablesSound();
  const { user, merchant, node, control } = migrations;
  await assertSchemas(links, { user, merchant, node, control }, logger);
}
