import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLaneDebt implements MigrationInterface {
  readonly name = '0002-create-lane-debt';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS lane_debt (
        room CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        lane VARCHAR(170) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'origin|destination|product',
        version BIGINT NOT NULL COMMENT 'what the room has to hold at least',
        attempts SMALLINT NOT NULL DEFAULT 0,
        owed_since DATETIME(3) NOT NULL,
        try_at DATETIME(3) NOT NULL,
        PRIMARY KEY (room, lane),
        KEY by_time (room, try_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what a room does not hold yet: written with the change of the lane, deleted when the room has it'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS lane_debt');
  }
}
