import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCompensationGrant implements MigrationInterface {
  readonly name = '0021-create-compensation-grant';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS compensation_grant (
        grant_number VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'order number-c-rule: the idempotency key of the payer',
        order_id BIGINT NOT NULL,
        rule_name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        rule_version INT NOT NULL,
        user_id BIGINT NOT NULL,
        merchant_id BIGINT NOT NULL,
        biz_type VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        asset VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'RED_PACKET, VOUCHER, CASH, POINTS',
        currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        amount BIGINT NOT NULL COMMENT 'minor units, or points',
        liable VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'PLATFORM, MERCHANT, CARRIER: who bears it in the settlement',
        budget_day DATE NOT NULL,
        facts TEXT NOT NULL COMMENT 'JSON: the measures that it was computed by',
        state TINYINT NOT NULL COMMENT '1 reserved, 2 sent, 3 failed, 4 stalled, 5 confirmed, 6 released',
        version INT NOT NULL,
        sends SMALLINT NOT NULL,
        looks SMALLINT NOT NULL,
        failures SMALLINT NOT NULL,
        refusals SMALLINT NOT NULL,
        failure VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        payer_reference VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
        next_at DATETIME(3) NULL COMMENT 'a timer of this version is due then; null at rest',
        reserved_at DATETIME(3) NOT NULL COMMENT 'granted',
        sent_at DATETIME(3) NULL,
        changed_at DATETIME(3) NOT NULL,
        change_mark BIGINT NOT NULL COMMENT 'of the last change: a lost COMMIT is read back by it',
        PRIMARY KEY (order_id, rule_name),
        KEY by_user (user_id, reserved_at),
        KEY by_state (state, changed_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='once per order and rule'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS compensation_grant');
  }
}
