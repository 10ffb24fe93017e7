import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePromiseInstance implements MigrationInterface {
  readonly name = '0005-create-promise-instance';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS promise_instance (
        instance VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        roles VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        home_room CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        switch_version INT NOT NULL COMMENT 'the switch that it obeys',
        rooms VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'A:used,B:left',
        seen_at DATETIME(3) NOT NULL,
        PRIMARY KEY (instance)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='who obeys which switch; rows of the gone are deleted after a day'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS promise_instance');
  }
}
