import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDeliveryEvent implements MigrationInterface {
  readonly name = '0004-create-delivery-event';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS delivery_event (
        order_id BIGINT NOT NULL,
        version INT NOT NULL,
        type VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        state SMALLINT NOT NULL,
        sub_state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        attempt SMALLINT NOT NULL,
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
        courier_id VARCHAR(64) NULL,
        role TINYINT NULL,
        occurred_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, version)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the timeline of a delivery'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS delivery_event');
  }
}
