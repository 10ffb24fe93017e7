import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRefundLedger implements MigrationInterface {
  readonly name = '0014-create-refund-ledger';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS refund_ledger (
        order_id BIGINT NOT NULL,
        refund_number VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        seq INT NOT NULL COMMENT 'the version of the refund that the fact made',
        fact VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        amount BIGINT NOT NULL,
        reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        channel_reference VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
        happened_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, refund_number, seq)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='append-only facts: reserved, sent, confirmed, released and what lies between'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS refund_ledger');
  }
}
