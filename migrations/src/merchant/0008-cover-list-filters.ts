import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CoverListFilters implements MigrationInterface {
  readonly name = '0008-cover-list-filters';

  /** A list leaves out what was never paid: with the day in the index that is seen without the row. */
  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      ALTER TABLE order_base
        DROP KEY by_merchant,
        ADD KEY by_merchant (merchant_id, order_id, business_date),
        DROP KEY by_merchant_status,
        ADD KEY by_merchant_status (merchant_id, status, order_id, business_date)
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      ALTER TABLE order_base
        DROP KEY by_merchant,
        ADD KEY by_merchant (merchant_id, order_id),
        DROP KEY by_merchant_status,
        ADD KEY by_merchant_status (merchant_id, status, order_id)
    `);
  }
}
