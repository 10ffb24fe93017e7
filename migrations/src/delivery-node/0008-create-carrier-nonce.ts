import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCarrierNonce implements MigrationInterface {
  readonly name = '0008-create-carrier-nonce';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS carrier_nonce (
        carrier VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        nonce VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        seen_at DATETIME(3) NOT NULL,
        PRIMARY KEY (carrier, nonce),
        KEY by_time (seen_at)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='signed messages that had their effect: a replay is refused; kept longer than a signature is valid'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS carrier_nonce');
  }
}
