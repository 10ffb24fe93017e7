/** Ends this process at a chosen step, in the middle of whatever else it is doing: no handler runs, no socket is closed in peace. */
import type { NodeConnection, NodePool } from '@ordo/sharding';
import { RedisWheel, TableTimerStore } from '@ordo/timers';
import type { Death } from './node-messages.js';

/** The packet that carries the gate, its effects and COMMIT. */
const GATE = /SET state=1, ended_at/;
type Call = (...args: unknown[]) => Promise<unknown>;

/** The step `handler` is the task's to call, `gate` is one packet to a database; every other is a method of the index or the store. */
export class NodeDeath {
  private calls = 0;

  constructor(private readonly death: Death | undefined) {
    if (death === undefined || death.step === 'handler' || death.step === 'gate') return;
    const link = [RedisWheel.prototype, TableTimerStore.prototype].find((each) => Reflect.has(each, death.step));
    if (link === undefined) throw new Error(`there is no step '${death.step}' to die at`);
    const work: Call = Reflect.get(link, death.step);
    const at = (call: () => Promise<unknown>): Promise<unknown> => this.at(death.step, call);
    Reflect.set(link, death.step, function (this: unknown, ...args: unknown[]) {
      return at(() => work.apply(this, args));
    });
  }

  isAt(step: string): boolean {
    return this.death?.step === step;
  }

  async at<T>(step: string, work: () => Promise<T>): Promise<T> {
    if (this.death === undefined || !this.isAt(step)) return work();
    const { moment, nth } = this.death;
    if (moment === 'before' && this.counted() === nth) return die();
    const answer = await work();
    return moment === 'after' && !isIdle(answer) && this.counted() === nth ? die() : answer;
  }

  private counted(): number {
    this.calls += 1;
    return this.calls;
  }

  pools(pools: readonly NodePool[]): readonly NodePool[] {
    if (!this.isAt('gate')) return pools;
    return pools.map((pool) => {
      const lent = (connection: NodeConnection): NodeConnection => ({
        query: (sql) => (GATE.test(sql) ? this.at('gate', () => connection.query(sql)) : connection.query(sql)),
        destroy: () => connection.destroy(),
      });
      return {
        ...{ index: pool.index, name: pool.name, ping: () => pool.ping(), stats: () => pool.stats() },
        query: (sql, options) => pool.query(sql, options),
        use: (work, options) => pool.use((connection) => work(lent(connection)), options),
      };
    });
  }
}

/** A claim that found nothing: every partition makes one in every second. */
function isIdle(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'ids' in answer && (answer.ids as unknown[]).length === 0;
}

/** Never returns: what would follow must not happen in the moment that a signal takes. */
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}
