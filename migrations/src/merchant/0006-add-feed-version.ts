import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddFeedVersion implements MigrationInterface {
  readonly name = '0006-add-feed-version';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      ALTER TABLE order_base
        ADD COLUMN feed_version BIGINT NULL COMMENT 'position of its last change in the feed of the merchant (feed_head); NULL until paid',
        ADD KEY by_feed (merchant_id, feed_version, order_id)
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE order_base DROP KEY by_feed, DROP COLUMN feed_version');
  }
}
