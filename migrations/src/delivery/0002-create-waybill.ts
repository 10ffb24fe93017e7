import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWaybill implements MigrationInterface {
  readonly name = '0002-create-waybill';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS waybill (
        order_id BIGINT NOT NULL,
        attempt SMALLINT NOT NULL,
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        credential CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'f(order, attempt): the same credential is the same waybill',
        payload MEDIUMTEXT NOT NULL COMMENT 'JSON as it is pushed and pulled; personal data',
        digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'sha256 of the payload: the same credential with another is a conflict',
        carrier_ref VARCHAR(64) NULL COMMENT 'the name that the carrier gave it',
        called_at DATETIME(3) NOT NULL COMMENT 'the first push counts from here',
        acknowledged_at DATETIME(3) NULL,
        acknowledged_by VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'PUSH, PULL or REPORT',
        PRIMARY KEY (order_id, attempt)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the hand-off record of each call'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS waybill');
  }
}
