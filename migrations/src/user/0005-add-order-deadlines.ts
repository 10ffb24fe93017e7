import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddUserOrderDeadlines implements MigrationInterface {
  readonly name = '0005-add-order-deadlines';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      ALTER TABLE order_ext
        ADD COLUMN deadlines VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'JSON text: seconds per deadline, where the order was placed with its own'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('ALTER TABLE order_ext DROP COLUMN deadlines');
  }
}
