import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUserOrderBase implements MigrationInterface {
  readonly name = '0001-create-order-base';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS order_base (
        order_id BIGINT NOT NULL COMMENT 'time, user shard, merchant shard, worker, sequence: see ordo order route',
        user_id BIGINT NOT NULL,
        merchant_id BIGINT NOT NULL,
        biz_type SMALLINT NOT NULL COMMENT '1 takeout, 2 virtual',
        status TINYINT NOT NULL COMMENT '10 created, 20 paid, 30 accepted, 35 fulfilling, 40 received, 50 completed, 90 invalid',
        version INT NOT NULL COMMENT 'rises by one with every change; event id is order_id-version',
        tags BIGINT NOT NULL DEFAULT 0 COMMENT 'bit set',
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        pay_amount BIGINT NOT NULL COMMENT 'minor units; goods + packing + delivery - discount',
        goods_amount BIGINT NOT NULL,
        packing_amount BIGINT NOT NULL,
        delivery_amount BIGINT NOT NULL,
        discount_amount BIGINT NOT NULL,
        business_date DATE NULL COMMENT 'day of the payment in the business time zone; NULL until paid',
        day_serial INT NULL COMMENT 'position in the day of the merchant; NULL until the relay has projected the payment',
        deadline_at DATETIME(3) NULL COMMENT 'UTC, as all times here; the one pending deadline, set by the state',
        created_at DATETIME(3) NOT NULL,
        paid_at DATETIME(3) NULL,
        accepted_at DATETIME(3) NULL,
        received_at DATETIME(3) NULL,
        completed_at DATETIME(3) NULL,
        invalidated_at DATETIME(3) NULL,
        reason_code SMALLINT NULL COMMENT 'why it is invalid',
        role TINYINT NULL COMMENT 'who changed it last',
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'the effective payment',
        change_mark BIGINT NOT NULL COMMENT 'random per change: tells a lost COMMIT that landed from one that did not',
        idem_digest BINARY(16) NOT NULL COMMENT 'of the idempotency key: one order per (user_id, idem_digest)',
        PRIMARY KEY (order_id),
        UNIQUE KEY one_per_idempotency_key (user_id, idem_digest),
        KEY by_user (user_id, order_id),
        KEY by_user_status (user_id, status, order_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='authority: every change of an order is a compare-and-set here'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS order_base');
  }
}
