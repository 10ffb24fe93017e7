import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateHandOff implements MigrationInterface {
  readonly name = '0007-create-hand-off';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS hand_off (
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        id BIGINT NOT NULL AUTO_INCREMENT,
        order_id BIGINT NOT NULL,
        attempt SMALLINT NOT NULL,
        created_at DATETIME(3) NOT NULL,
        PRIMARY KEY (order_id, attempt),
        UNIQUE KEY by_id (id),
        KEY by_carrier (carrier, id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what a carrier has not acknowledged: committed with the waybill, deleted when it has'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS hand_off');
  }
}
