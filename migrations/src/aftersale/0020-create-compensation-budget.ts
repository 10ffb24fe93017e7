import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateCompensationBudget implements MigrationInterface {
  readonly name = '0020-create-compensation-budget';

  up(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query(`
      CREATE TABLE IF NOT EXISTS compensation_budget (
        rule_name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        budget_day DATE NOT NULL,
        granted BIGINT NOT NULL COMMENT 'of this shard''s part of the rule''s budget for the day',
        grants INT NOT NULL,
        PRIMARY KEY (rule_name, budget_day)
      ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='locked by every grant of the rule on the day'
    `);
  }

  down(queryRunner: QueryRunner): Promise<unknown> {
    return queryRunner.query('DROP TABLE IF EXISTS compensation_budget');
  }
}
