import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrderPayment implements MigrationInterface {
  readonly name = '0003-create-order-payment';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS order_payment (
        order_id BIGINT NOT NULL,
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        kind TINYINT NOT NULL COMMENT '1 effective, 2 late (order was invalid already), 3 duplicate (order was paid already)',
        paid_amount BIGINT NOT NULL COMMENT 'minor units of the currency of the order',
        paid_at DATETIME(3) NOT NULL COMMENT 'by the clock of the payment channel',
        recorded_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, payment_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='every payment that was announced, effective or not'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS order_payment');
  }
}
