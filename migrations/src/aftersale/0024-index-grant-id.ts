import type { MigrationInterface, QueryRunner } from 'typeorm';

export class IndexGrantId implements MigrationInterface {
  readonly name = '0024-index-grant-id';

  /** Events, documents and operators name a grant by its id. */
  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE compensation_grant ADD KEY by_grant_id (grant_id)');
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE compensation_grant DROP KEY by_grant_id');
  }
}
