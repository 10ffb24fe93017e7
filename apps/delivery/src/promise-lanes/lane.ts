/**
 * A lane: how long a service product takes from one area to another, hour by hour of the day. Its card holds all hours, so that a
 * promise is one key read. Areas are the caller's codes; the part before the first hyphen is the city.
 */
import type { Violation } from '@ordo/contracts';

export interface Lane {
  readonly originArea: string;
  readonly destinationArea: string;
  readonly serviceProduct: string;
}

/** From `hour` o'clock until the next, in the zone of the business. */
export interface LaneBand {
  readonly hour: number;
  readonly durationMinutes: number;
  /** The last minute of the day (0 … 1439) at which an order of this band is still carried; null: all of them. */
  readonly cutOffMinute: number | null;
}

export interface LaneCard {
  /** Rises with every change of the lane: an older card never replaces a newer one. */
  readonly version: number;
  /** By rising hour; empty: the lane was taken away. */
  readonly bands: readonly LaneBand[];
}

export const HOURS = 24;
export const MINUTES_OF_DAY = 1_440;
/** Longer is no delivery of a day's goods; the column is a SMALLINT. */
export const MAX_DURATION_MINUTES = 7 * MINUTES_OF_DAY;
/** Keys stay far below 1 KB (DESIGN §7), and nothing in them has a meaning in a key or a statement. */
export const AREA_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const PRODUCT_PATTERN = /^[a-z][a-z0-9-]{0,31}$/;
const SEPARATOR = '|';

/** `shanghai-07|shanghai-12|standard`: how a lane is called in keys, in the repair queue and on a command line. */
export const laneName = ({ originArea, destinationArea, serviceProduct }: Lane): string =>
  `${originArea}${SEPARATOR}${destinationArea}${SEPARATOR}${serviceProduct}`;

/** The lane of a name; undefined for a text that names none. */
export function laneOfName(name: string): Lane | undefined {
  const [originArea = '', destinationArea = '', serviceProduct = '', ...more] = name.split(SEPARATOR);
  const isName = AREA_PATTERN.test(originArea) && AREA_PATTERN.test(destinationArea);
  if (!isName || !PRODUCT_PATTERN.test(serviceProduct) || more.length > 0) return undefined;
  return { originArea, destinationArea, serviceProduct };
}

export const cityOf = (area: string): string => area.split('-', 1)[0] ?? area;

/** What is impossible in the bands of a lane, whoever maintains it. */
export function bandFaults(bands: readonly LaneBand[], field: string): Violation[] {
  const seen = new Set<number>();
  return bands.flatMap(({ hour, durationMinutes, cutOffMinute }, at) => {
    const faults: Violation[] = [];
    const fault = (name: string, rule: string, message: string): void => {
      faults.push({ field: `${field}[${at}].${name}`, rule, message });
    };
    if (!isWhole(hour, 0, HOURS - 1)) fault('hour', 'range', 'must be an hour from 0 to 23');
    else if (seen.has(hour)) fault('hour', 'unique', 'stands twice');
    seen.add(hour);
    if (!isWhole(durationMinutes, 1, MAX_DURATION_MINUTES))
      fault('durationMinutes', 'range', `must be a whole number of minutes from 1 to ${MAX_DURATION_MINUTES}`);
    if (cutOffMinute !== null && !isWhole(cutOffMinute, 0, MINUTES_OF_DAY - 1))
      fault('cutOffMinute', 'range', 'must be a minute of the day from 0 to 1439');
    else if (cutOffMinute !== null && Math.floor(cutOffMinute / 60) !== hour)
      fault('cutOffMinute', 'withinBand', 'must lie within its hour');
    return faults;
  });
}

const isWhole = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;
