import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ids that are held stay held, and no successor numbers a second that a holder may have numbered. */
export class CarryWorkerLeases implements MigrationInterface {
  readonly name = '0003-carry-worker-leases';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      INSERT IGNORE INTO lease (name, slot, owner, epoch, expires_at, memo)
      SELECT 'worker', worker_id, owner, epoch, expires_at, last_second FROM worker_lease
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query("DELETE FROM lease WHERE name = 'worker'");
  }
}
