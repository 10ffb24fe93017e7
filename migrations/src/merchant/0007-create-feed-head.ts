import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateFeedHead implements MigrationInterface {
  readonly name = '0007-create-feed-head';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS feed_head (
        merchant_id BIGINT NOT NULL,
        last_version BIGINT NOT NULL COMMENT 'rises with every projection that changed orders of the merchant; its lock gives them their order',
        PRIMARY KEY (merchant_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS feed_head');
  }
}
