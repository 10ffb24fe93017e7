import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefundPayment implements MigrationInterface {
  readonly name = '0012-create-refund-payment';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund_payment (
        order_id BIGINT NOT NULL,
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        paid_at DATETIME(3) NOT NULL COMMENT 'channels refund a payment for a year',
        PRIMARY KEY (order_id, payment_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the payments that refunds can be taken from'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund_payment');
  }
}
