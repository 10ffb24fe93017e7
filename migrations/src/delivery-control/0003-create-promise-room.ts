import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreatePromiseRoom implements MigrationInterface {
  readonly name = '0003-create-promise-room';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS promise_room (
        room CHAR(1) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        generation VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of the last full load: the marker in the room',
        run_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of the server that took it: another one may have lost writes',
        loaded_at DATETIME(3) NULL,
        loaded_lanes INT NOT NULL DEFAULT 0,
        owes_full_since DATETIME(3) NULL COMMENT 'set: only a full load makes the room complete',
        owes_full_why VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        PRIMARY KEY (room)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what is known of each room'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS promise_room');
  }
}
