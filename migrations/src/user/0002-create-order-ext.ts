import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUserOrderExt implements MigrationInterface {
  readonly name = '0002-create-order-ext';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS order_ext (
        order_id BIGINT NOT NULL,
        items MEDIUMTEXT NOT NULL COMMENT 'JSON text, as the four that follow: JSON is a native type on MySQL and an alias on MariaDB',
        discounts MEDIUMTEXT NOT NULL,
        fees MEDIUMTEXT NOT NULL,
        recipient MEDIUMTEXT NOT NULL COMMENT 'personal data',
        extension MEDIUMTEXT NOT NULL COMMENT 'per business type, validated before it is written',
        contract MEDIUMTEXT NULL,
        remark VARCHAR(512) NOT NULL DEFAULT '',
        request_digest BINARY(32) NOT NULL COMMENT 'of the placed body: same idempotency key with another body is refused',
        PRIMARY KEY (order_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='snapshot at trade time, immutable once written'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS order_ext');
  }
}
