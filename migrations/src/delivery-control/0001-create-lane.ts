import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLane implements MigrationInterface {
  readonly name = '0001-create-lane';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS lane (
        lane VARCHAR(170) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'origin area|destination area|service product',
        hour_band TINYINT NOT NULL COMMENT '0 to 23, in the zone of the business',
        duration_min SMALLINT NOT NULL,
        cut_off_min SMALLINT NULL COMMENT 'minute of the day after which no order of the band is carried',
        version BIGINT NOT NULL COMMENT 'of the lane: microseconds of its last change, the same in all its hours that changed then',
        deleted_at DATETIME(3) NULL COMMENT 'purged 15 days later, once both rooms know',
        PRIMARY KEY (lane, hour_band),
        KEY by_deletion (deleted_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the truth behind the promise rooms'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS lane');
  }
}
