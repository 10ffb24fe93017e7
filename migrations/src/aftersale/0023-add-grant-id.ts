import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddGrantId implements MigrationInterface {
  readonly name = '0023-add-grant-id';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      ALTER TABLE compensation_grant
        ADD COLUMN grant_id BIGINT NOT NULL DEFAULT 0 COMMENT 'names it in events; laid out like an order number',
        ADD COLUMN events SMALLINT NOT NULL DEFAULT 0 COMMENT 'told of it so far: the version of the last event'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE compensation_grant DROP COLUMN grant_id, DROP COLUMN events');
  }
}
