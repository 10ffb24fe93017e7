/**
 * One command for all who ask for a key in the same turn of the event loop. Nobody joins a command that may have left already: what is
 * shared is sent after the last of its askers asked, so none of them reads his own past.
 */
export class SharedReads {
  private readonly asking = new Map<string, Promise<unknown>>();

  /** `ask` must send in this turn's check phase or later, as ioredis with its pipelining does: it is scheduled after our own forgetting. */
  read<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const shared = this.asking.get(key);
    if (shared !== undefined) return shared as Promise<T>;
    if (this.asking.size === 0) setImmediate(() => this.asking.clear());
    const asked = ask();
    this.asking.set(key, asked);
    return asked;
  }
}
