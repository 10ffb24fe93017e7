import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateMerchantRefund implements MigrationInterface {
  readonly name = '0002-create-merchant-refund';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS merchant_refund (
        refund_id BIGINT NOT NULL,
        order_id BIGINT NOT NULL,
        merchant_id BIGINT NOT NULL,
        status TINYINT NOT NULL,
        version INT NOT NULL,
        document MEDIUMTEXT NOT NULL COMMENT 'JSON: the refund as it is shown',
        PRIMARY KEY (refund_id),
        KEY by_merchant (merchant_id, refund_id),
        KEY by_merchant_status (merchant_id, status, refund_id)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='projection for the merchant, in the lane of the merchant shard, version-guarded'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS merchant_refund');
  }
}
