import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePromiseSwitch implements MigrationInterface {
  readonly name = '0004-create-promise-switch';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS promise_switch (
        id TINYINT NOT NULL COMMENT 'always 1',
        version INT NOT NULL,
        read_from VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'AUTO, A, B, NONE',
        write_to VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'BOTH, A, B',
        changed_by VARCHAR(128) NOT NULL,
        reason VARCHAR(255) NULL,
        changed_at DATETIME(3) NOT NULL,
        PRIMARY KEY (id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what the operator says about the rooms'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS promise_switch');
  }
}
