import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBroadcastSwitch implements MigrationInterface {
  readonly name = '0008-create-broadcast-switch';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS broadcast_switch (
        cluster VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'first or second',
        state TINYINT NOT NULL COMMENT '0 open, 1 paused: nothing of this node goes to the cluster, everything waits',
        percent TINYINT NOT NULL COMMENT 'of the orders, whose events the cluster hears; of the first always 100',
        types VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'event names, comma-separated; null: all',
        reason VARCHAR(255) NULL,
        changed_by VARCHAR(128) NULL,
        changed_at DATETIME(3) NOT NULL,
        PRIMARY KEY (cluster)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='whether and what the outbox of this node tells each broker cluster'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS broadcast_switch');
  }
}
