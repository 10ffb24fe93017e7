import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOutboxSecond implements MigrationInterface {
  readonly name = '0007-create-outbox-second';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS outbox_second (
        lane TINYINT NOT NULL COMMENT 'that of the outbox row',
        state TINYINT NOT NULL COMMENT '0 ready, 1 parked (refused), 2 waits for the second cluster',
        id BIGINT NOT NULL AUTO_INCREMENT COMMENT 'rises within a lane in the order of the outbox',
        order_id BIGINT NOT NULL,
        version INT NOT NULL,
        user_shard SMALLINT NOT NULL,
        merchant_shard SMALLINT NOT NULL,
        type VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        occurred_at DATETIME(3) NOT NULL,
        trace_parent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        payload MEDIUMTEXT NOT NULL,
        PRIMARY KEY (lane, state, id),
        KEY by_id (id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what the second broker cluster has still to hear: its own progress beside that of the outbox'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS outbox_second');
  }
}
