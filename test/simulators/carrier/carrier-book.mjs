/** What the carrier knows of waybills. The credential is the key: heard twice, it is the same waybill. */
let references = 0;

export class CarrierBook {
  waybills = new Map();
  tally = { calls: 0, duplicates: 0, conflicts: 0, refused: 0, cancelled: 0, tips: 0, pulled: 0 };

  /** `conflict`: the credential stands for another payload. `isNew` false: heard before. */
  take({ waybillId, credential, digest, handOff, protocol, tip = 0 }) {
    this.tally.calls += 1;
    const known = this.waybills.get(waybillId);
    if (known !== undefined && (known.credential !== credential || known.digest !== digest)) {
      this.tally.conflicts += 1;
      return { conflict: true };
    }
    if (known !== undefined) {
      known.calls += 1;
      this.tally.duplicates += 1;
      return { waybill: known, isNew: false };
    }
    references += 1;
    const waybill = {
      ...{ waybillId, credential, digest, handOff, protocol, tip, calls: 1, cancelled: false, reports: [] },
      carrierRef: `S-${String(references).padStart(6, '0')}`,
    };
    this.waybills.set(waybillId, waybill);
    return { waybill, isNew: true };
  }

  find(waybillId) {
    return this.waybills.get(waybillId);
  }

  summary() {
    const waybills = [...this.waybills.values()];
    return {
      ...this.tally,
      waybills: waybills.length,
      byWaybill: Object.fromEntries(
        waybills.map(({ waybillId, calls, cancelled, tip, reports }) => [
          waybillId,
          { calls, cancelled, tip, reports },
        ]),
      ),
    };
  }
}
