import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDeliveryControlLease implements MigrationInterface {
  readonly name = '0006-create-lease';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS lease (
        name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what is leased: promise-keeper',
        slot SMALLINT NOT NULL,
        owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'one start of one process; empty when released',
        epoch BIGINT NOT NULL COMMENT 'rises with every change of owner; rows are never deleted, so it never falls',
        expires_at DATETIME(3) NOT NULL COMMENT 'by the clock of this database',
        memo TEXT NULL,
        PRIMARY KEY (name, slot)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='as in ordo_node, for what one process does for all rooms'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS lease');
  }
}
