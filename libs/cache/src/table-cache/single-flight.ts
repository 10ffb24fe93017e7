/**
 * One load per key at a time. A caller never joins a load that began before it asked: that load may have read the row before a change
 * that the caller already knows of. It joins the one that will begin next, of which there is at most one; so a thousand callers of a
 * cold key cost two loads, and nobody reads his own past.
 */
interface Flight<T> {
  /** Never rejects. */
  landed: Promise<unknown>;
  next: Promise<T> | undefined;
}

export class SingleFlight<T> {
  private readonly flights = new Map<string, Flight<T>>();

  /**
   * `load` as the first for this key, or in turn after the present one; `follows` says which. `after` runs when a load has succeeded and
   * before the next one may begin; callers do not wait for it.
   */
  join(key: string, load: (follows: boolean) => Promise<T>, after: (loaded: T) => Promise<void>): Promise<T> {
    const flight = this.flights.get(key);
    if (flight === undefined) return this.depart(key, () => load(false), after);
    flight.next ??= flight.landed.then(() => this.depart(key, () => load(true), after));
    return flight.next;
  }

  private depart(key: string, load: () => Promise<T>, after: (loaded: T) => Promise<void>): Promise<T> {
    const flight: Flight<T> = { landed: Promise.resolve(), next: undefined };
    this.flights.set(key, flight);
    const loading = load();
    flight.landed = loading.then(after).then(
      () => this.land(key, flight),
      () => this.land(key, flight),
    );
    return loading;
  }

  /** With someone waiting the key stays taken: the next departure replaces the flight. */
  private land(key: string, flight: Flight<T>): void {
    if (flight.next === undefined) this.flights.delete(key);
  }
}
