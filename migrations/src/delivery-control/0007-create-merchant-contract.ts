import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMerchantContract implements MigrationInterface {
  readonly name = '0007-create-merchant-contract';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS merchant_contract (
        merchant_id BIGINT NOT NULL,
        version INT NOT NULL,
        valid_from DATETIME(3) NOT NULL,
        contract TEXT NOT NULL COMMENT 'JSON: service package, commission, floor, who delivers, formula',
        hand_off VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'ACCEPTANCE or CALL: when a courier is called',
        PRIMARY KEY (merchant_id, version)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='what was agreed with a merchant; a version is never edited'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS merchant_contract');
  }
}
