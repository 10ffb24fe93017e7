import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCarrierReport implements MigrationInterface {
  readonly name = '0003-create-carrier-report';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS carrier_report (
        id BIGINT NOT NULL AUTO_INCREMENT,
        order_id BIGINT NOT NULL,
        attempt SMALLINT NOT NULL,
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        received_at DATETIME(3) NOT NULL,
        occurred_at DATETIME(3) NOT NULL,
        state SMALLINT NOT NULL,
        sub_state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        courier_id VARCHAR(64) NULL,
        outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'what it changed, or why nothing',
        nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        raw MEDIUMTEXT NOT NULL COMMENT 'as it was signed, for disputes',
        PRIMARY KEY (id),
        KEY by_order (order_id, id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='everything that carriers ever said, applied or not'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS carrier_report');
  }
}
