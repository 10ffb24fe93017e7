/**
 * The minute of the day of an instant in the zone of the business. Intl costs microseconds per call, so its answer is kept for its
 * quarter of an hour: every zone's offset is a whole number of quarters.
 */
const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const MINUTES_PER_HOUR = 60;

export class MinuteOfDay {
  private readonly format: Intl.DateTimeFormat;
  private quarter = Number.NaN;
  private atQuarter = 0;

  constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  }

  /** 0 … 1439. */
  of(instantMs: number): number {
    const quarter = Math.floor(instantMs / QUARTER_MS);
    if (quarter !== this.quarter) {
      const [hour, minute] = this.format.format(quarter * QUARTER_MS).split(':');
      this.atQuarter = Number(hour) * MINUTES_PER_HOUR + Number(minute);
      this.quarter = quarter;
    }
    return this.atQuarter + Math.floor((instantMs - quarter * QUARTER_MS) / MINUTE_MS);
  }
}
