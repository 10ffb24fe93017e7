import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTimer implements MigrationInterface {
  readonly name = '0005-create-timer';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS timer (
        id BIGINT NOT NULL COMMENT 'second, writer, sequence: rises with time, unique without asking anyone',
        queue VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        timer_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the name that its app gave it',
        due_at DATETIME(3) NOT NULL,
        slot INT UNSIGNED NOT NULL COMMENT 'due_at rounded up to the second: never early',
        partition_no TINYINT NOT NULL,
        version INT NOT NULL,
        state TINYINT NOT NULL COMMENT '0 pending, 1 fired, 2 cancelled, 3 failed',
        attempts SMALLINT NOT NULL,
        payload TEXT NULL,
        ended_at DATETIME(3) NULL,
        failure VARCHAR(255) NULL,
        PRIMARY KEY (id),
        UNIQUE KEY by_key (queue, timer_key),
        KEY by_slot (queue, partition_no, state, slot)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the truth about every timer but the deadlines of orders'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS timer');
  }
}
