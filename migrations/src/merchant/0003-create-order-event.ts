import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrderEvent implements MigrationInterface {
  readonly name = '0003-create-order-event';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS order_event (
        order_id BIGINT NOT NULL,
        version INT NOT NULL COMMENT 'the version that the event produced',
        merchant_id BIGINT NOT NULL,
        type VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        status TINYINT NOT NULL,
        role TINYINT NULL,
        reason_code SMALLINT NULL,
        note VARCHAR(256) NULL,
        occurred_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, version)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='timeline of an order, part of the projection'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS order_event');
  }
}
