/** The carriers of this installation, by name. */
import { refuse } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import type { Carrier } from './carrier.js';

export class CarrierRegistry {
  private readonly byName: ReadonlyMap<string, Carrier>;

  constructor(readonly all: readonly [Carrier, ...Carrier[]]) {
    this.byName = new Map(all.map((carrier) => [carrier.name, carrier]));
    invariant(this.byName.size === all.length, 'two carriers have one name', { names: all.map(({ name }) => name) });
  }

  /** Who is called where nobody says otherwise. */
  get first(): Carrier {
    return this.all[0];
  }

  /** The carrier that a caller named. @throws Refusal CARRIER_UNKNOWN (404). */
  named(name: string): Carrier {
    const carrier = this.byName.get(name);
    if (carrier === undefined) throw refuse('CARRIER_UNKNOWN', `no carrier is called ${name}`, { carrier: name });
    return carrier;
  }
}
