import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefundTransfer implements MigrationInterface {
  readonly name = '0013-create-refund-transfer';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund_transfer (
        refund_number VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'order number - count: the idempotency key of the channel',
        order_id BIGINT NOT NULL,
        cause VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        payment_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        channel VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        amount BIGINT NOT NULL,
        lines_held TEXT NOT NULL COMMENT 'JSON: lineKey and amount of each line',
        state TINYINT NOT NULL COMMENT '1 reserved, 2 sent, 3 failed, 4 stalled, 5 confirmed, 6 released',
        version INT NOT NULL,
        sends SMALLINT NOT NULL,
        looks SMALLINT NOT NULL,
        failures SMALLINT NOT NULL,
        refusals SMALLINT NOT NULL COMMENT 'that the channel has written down',
        failure VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        channel_reference VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
        next_at DATETIME(3) NULL COMMENT 'a timer of this version is due then; null at rest',
        reserved_at DATETIME(3) NOT NULL,
        sent_at DATETIME(3) NULL COMMENT 'first request',
        changed_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, refund_number),
        UNIQUE KEY by_cause (order_id, cause),
        KEY by_sent (sent_at),
        KEY by_state (state, changed_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='where each refund stands; refund_ledger says how it came there'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund_transfer');
  }
}
