/** A bound on waiting that does not blame the other side for our own event loop. */

export class DeadlineExceeded extends Error {
  constructor(readonly afterMs: number) {
    super(`no answer within ${afterMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

/**
 * Settles as `work` does, or rejects with {@link DeadlineExceeded}. When the loop itself was late (a long computation, a collection),
 * the timer is due before the socket was even read; so one more turn is given, in which an answer that has arrived wins.
 */
export function within<T>(work: Promise<T>, afterMs: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const expire = (): void => reject(new DeadlineExceeded(afterMs));
    const timer = setTimeout(() => setImmediate(expire), afterMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
