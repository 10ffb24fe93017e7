import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDailySerial implements MigrationInterface {
  readonly name = '0004-create-daily-serial';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS daily_serial (
        merchant_id BIGINT NOT NULL,
        business_date DATE NOT NULL,
        last_serial INT NOT NULL COMMENT 'the highest that was given out',
        PRIMARY KEY (merchant_id, business_date)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS daily_serial');
  }
}
