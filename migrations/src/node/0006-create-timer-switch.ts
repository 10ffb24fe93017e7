import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateTimerSwitch implements MigrationInterface {
  readonly name = '0006-create-timer-switch';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS timer_switch (
        queue VARCHAR(48) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        group_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'lease.name of the group that owns its partitions',
        state TINYINT NOT NULL COMMENT '0 open, 1 paused: nothing of the queue is fired on this node',
        reason VARCHAR(255) NULL,
        changed_by VARCHAR(128) NULL,
        changed_at DATETIME(3) NOT NULL COMMENT 'when it was announced, paused or resumed last',
        PRIMARY KEY (queue)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='the queues of timers that processes fire, and whether they may; beside the timers of this node'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS timer_switch');
  }
}
