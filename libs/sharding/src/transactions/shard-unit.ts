/**
 * What one caller wants changed on one node, in a form that can share a transaction with others.
 *
 * A unit travels in two steps inside one transaction. `open` locks what the decision depends on (a locking read, or an
 * insert-if-absent). `decide` then sees what was found and answers with the effects, or refuses. Whatever `decide` throws
 * refuses this unit alone; its neighbours in the batch go on.
 */

/** Rows of many units with the same `into` are sent as one multi-row insert. */
export interface GroupedInsert {
  /** `INSERT INTO schema.table (a, b)`, without VALUES. Plain: with IGNORE a row may be left out and nobody hears of it. */
  readonly into: string;
  /** `(1,'x')`. */
  readonly row: string;
}

export interface Effects {
  /** Statements that must each change exactly one row; anything else is a bug and rolls the unit back. */
  readonly updates: readonly string[];
  readonly inserts: readonly GroupedInsert[];
  /**
   * A locking SELECT that finds a row if and only if these effects are in the database. It is asked when the connection was
   * lost during COMMIT. It has to lock, so that it waits for a COMMIT that is still under way on the server.
   */
  readonly proof: string;
}

export interface Decision<Verdict> {
  readonly verdict: Verdict;
  /** Absent: the unit changes nothing (a replay), its verdict still goes out only after the batch ended. */
  readonly effects?: Effects;
}

export interface ShardUnit<Verdict> {
  readonly node: number;
  /** `schema/key`: units of one key never share a batch, and locks are taken in the order of this text. */
  readonly lockKey: string;
  /**
   * Statements of the first step, at least one. They may write only where `decide` never refuses after the write, or what
   * means nothing by itself (an empty row to lock): the neighbours of a refused unit commit it. One that locks ends with
   * ` FOR UPDATE` or begins with `INSERT `: only then it can be told not to wait for a row that another transaction holds.
   */
  readonly open: readonly string[];
  /** Upper estimate of the text that the effects will need, in bytes; bounds the batch. */
  readonly sizeBytes: number;
  /** Pure and repeatable: a batch that met a deadlock is decided again on what is found then. */
  decide(opened: readonly unknown[]): Decision<Verdict>;
}

/** `affectedRows` of a statement's result, whatever the driver calls its class. */
export const affectedRowsOf = (result: unknown): number => (result as { affectedRows: number }).affectedRows;
