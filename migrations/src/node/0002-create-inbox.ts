import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInbox implements MigrationInterface {
  readonly name = '0002-create-inbox';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS inbox (
        consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        handled_at DATETIME(3) NOT NULL,
        PRIMARY KEY (consumer, event_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='one row per handled event: makes an effect happen once'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS inbox');
  }
}
