/** What a dying consumer is told. */
export const DYING_VARIABLE = 'ORDO_DYING_CONSUMER';

export interface DyingSettings {
  readonly url: string;
  readonly mysqlUrl: string;
  readonly queue: string;
  /** Holds the tables `inbox`, `effect` and `delivery`. */
  readonly schema: string;
  /** Kills itself in its handler number so-and-so; 0: never. */
  readonly diesAt: number;
}
