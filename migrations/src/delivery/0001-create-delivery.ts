import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDelivery implements MigrationInterface {
  readonly name = '0001-create-delivery';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS delivery (
        order_id BIGINT NOT NULL,
        delivery_id BIGINT NOT NULL COMMENT 'names its events; a number as orders have',
        user_id BIGINT NOT NULL,
        merchant_id BIGINT NOT NULL,
        biz_type VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        version INT NOT NULL COMMENT 'rises with every event, without gaps',
        state SMALLINT NOT NULL,
        sub_state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        attempt SMALLINT NOT NULL COMMENT 'the waybill of this attempt, and no other, is alive',
        since_at DATETIME(3) NOT NULL COMMENT 'of the state, by the word of whoever brought it about',
        courier_id VARCHAR(64) NULL,
        courier_state SMALLINT NULL COMMENT 'the report that named the courier',
        courier_at DATETIME(3) NULL,
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'of the current attempt; null where the merchant delivers',
        tip_minor BIGINT NOT NULL DEFAULT 0,
        promise TEXT NULL COMMENT 'JSON: what was promised, and under which rules',
        income TEXT NULL COMMENT 'JSON: contract and expected income as they were at acceptance',
        order_ended TINYINT NOT NULL DEFAULT 0 COMMENT 'the order became invalid: nothing is owed for lateness',
        unclaimed_at DATETIME(3) NULL COMMENT 'no carrier acknowledged the current attempt in time',
        delivered_at DATETIME(3) NULL,
        lateness TEXT NULL COMMENT 'JSON: the verdict, once it was given',
        receipt TINYINT NOT NULL DEFAULT 0 COMMENT '0 none, 1 owed to the order, 2 taken, 3 refused by it',
        created_at DATETIME(3) NOT NULL,
        change_mark BIGINT NOT NULL COMMENT 'of the last change: a lost COMMIT is read back by it',
        PRIMARY KEY (order_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='one delivery per order; committed with its events'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS delivery');
  }
}
