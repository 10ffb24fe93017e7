import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMember implements MigrationInterface {
  readonly name = '0004-create-member';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS member (
        group_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        token VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'one start of one process, as in lease.owner',
        joined_at DATETIME(3) NOT NULL,
        expires_at DATETIME(3) NOT NULL COMMENT 'by the clock of this database; a heartbeat prolongs it',
        PRIMARY KEY (group_name, token)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='who may own partitions of a group'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS member');
  }
}
