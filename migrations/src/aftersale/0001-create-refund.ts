import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefund implements MigrationInterface {
  readonly name = '0001-create-refund';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund (
        refund_id BIGINT NOT NULL COMMENT 'laid out like an order number: routes to its shard by itself',
        order_id BIGINT NOT NULL,
        user_id BIGINT NOT NULL,
        merchant_id BIGINT NOT NULL,
        biz_type VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        kind TINYINT NOT NULL COMMENT '1 in-sale, 2 after-sale',
        scope TINYINT NOT NULL COMMENT '1 full, 2 items, 3 amount',
        origin TINYINT NOT NULL COMMENT '1 user, 2 merchant, 3 customer service, 4 order invalidated, 5 late payment',
        status TINYINT NOT NULL COMMENT '10 applied, 20 rejected, 30 arbitrating, 40 agreed, 50 refunding, 60 failed, 70 succeeded, 90 withdrawn, 91 rejected for good',
        version INT NOT NULL COMMENT 'rises by one with every change; event id is refund_id-version',
        open_slot TINYINT NULL COMMENT '1 while it waits for a decision, NULL afterwards: one open application per order',
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        amount BIGINT NOT NULL COMMENT 'minor units, what the user gets',
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the payment that it is taken from',
        refund_number VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of refund_transfer, once money is set aside',
        breakdown MEDIUMTEXT NOT NULL COMMENT 'JSON: lines, items and figures, frozen when it was made',
        reason VARCHAR(256) NOT NULL,
        evidence TEXT NOT NULL COMMENT 'JSON: references',
        note VARCHAR(256) NULL COMMENT 'what was last said about it',
        appeals TINYINT NOT NULL,
        failure VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        role TINYINT NOT NULL COMMENT 'who changed it last',
        deadline_at DATETIME(3) NULL,
        created_at DATETIME(3) NOT NULL,
        agreed_at DATETIME(3) NULL,
        ended_at DATETIME(3) NULL,
        change_mark BIGINT NOT NULL COMMENT 'random per change: tells a lost COMMIT that landed from one that did not',
        idem_digest BINARY(16) NOT NULL COMMENT 'of who asked and the idempotency key, or of the event that began it',
        request_digest BINARY(32) NOT NULL COMMENT 'same key with another body is refused',
        PRIMARY KEY (refund_id),
        UNIQUE KEY one_open_per_order (order_id, open_slot),
        UNIQUE KEY one_per_idempotency_key (order_id, idem_digest),
        KEY by_user (user_id, refund_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='authority: every change of a refund is a compare-and-set here'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund');
  }
}
