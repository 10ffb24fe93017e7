import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCallbackNonce implements MigrationInterface {
  readonly name = '0015-create-callback-nonce';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS callback_nonce (
        channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        replay_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        seen_at DATETIME(3) NOT NULL,
        PRIMARY KEY (channel, replay_key),
        KEY by_seen (seen_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='deliveries that were taken: a copy of one is refused'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS callback_nonce');
  }
}
