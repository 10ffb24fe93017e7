import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCompensationLedger implements MigrationInterface {
  readonly name = '0022-create-compensation-ledger';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS compensation_ledger (
        order_id BIGINT NOT NULL,
        rule_name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        seq INT NOT NULL COMMENT 'the version of the grant that the fact made',
        fact VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        amount BIGINT NOT NULL,
        reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
        payer_reference VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
        happened_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, rule_name, seq)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='append-only facts of each grant'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS compensation_ledger');
  }
}
