import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOutbox implements MigrationInterface {
  readonly name = '0001-create-outbox';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS outbox (
        lane TINYINT NOT NULL COMMENT 'user shard / 10: an order belongs to one lane for ever',
        state TINYINT NOT NULL COMMENT '0 ready, 1 parked (waits for its merchant node)',
        id BIGINT NOT NULL AUTO_INCREMENT,
        order_id BIGINT NOT NULL,
        version INT NOT NULL,
        user_shard SMALLINT NOT NULL,
        merchant_shard SMALLINT NOT NULL,
        type VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        occurred_at DATETIME(3) NOT NULL,
        trace_parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        payload MEDIUMTEXT NOT NULL COMMENT 'JSON: what the projection and the event need',
        PRIMARY KEY (lane, state, id),
        KEY by_id (id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='committed with its change, deleted when projected and published'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS outbox');
  }
}
