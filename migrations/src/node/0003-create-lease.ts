import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateLease implements MigrationInterface {
  readonly name = '0003-create-lease';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS lease (
        name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what is leased: a group of partitions, or one thing',
        slot SMALLINT NOT NULL COMMENT '-1 the name itself (the master of a group), 0.. its partitions',
        owner VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'one start of one process; empty when released',
        epoch BIGINT NOT NULL COMMENT 'rises with every change of owner; rows are never deleted, so it never falls',
        expires_at DATETIME(3) NOT NULL COMMENT 'by the clock of this database',
        memo TEXT NULL COMMENT 'what the holder leaves for its successor: the roster of a group',
        PRIMARY KEY (name, slot)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='beside what it guards, so that one transaction can ask for it'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS lease');
  }
}
