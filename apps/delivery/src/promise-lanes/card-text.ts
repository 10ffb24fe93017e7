/**
 * How a card lies in a room: `<version>:<hour 0>,<hour 1>,…`, an hour being empty, `35`, or `35/1320` with its cut-off; a lane that was
 * taken away has a version and nothing else. Some 100 bytes, and one hour is found without reading the others as numbers.
 */
import type { LaneBand, LaneCard } from './lane.js';
import { HOURS } from './lane.js';

export function cardText({ version, bands }: LaneCard): string {
  if (bands.length === 0) return `${version}:`;
  const hours = Array.from({ length: HOURS }, () => '');
  for (const { hour, durationMinutes, cutOffMinute } of bands)
    hours[hour] = cutOffMinute === null ? String(durationMinutes) : `${durationMinutes}/${cutOffMinute}`;
  return `${version}:${hours.join(',')}`;
}

export interface BandReading {
  readonly version: number;
  /** Undefined: the lane does not run in this hour. */
  readonly band: LaneBand | undefined;
}

/** One hour of a card; undefined for a text that is none of ours. */
export function bandOf(text: string, hour: number): BandReading | undefined {
  const colon = text.indexOf(':');
  const version = Number(text.slice(0, colon));
  if (colon < 1 || !Number.isSafeInteger(version)) return undefined;
  const field = fieldAt(text, colon + 1, hour);
  if (field === '') return { version, band: undefined };
  const slash = field.indexOf('/');
  const durationMinutes = Number(slash < 0 ? field : field.slice(0, slash));
  const cutOffMinute = slash < 0 ? null : Number(field.slice(slash + 1));
  if (!Number.isInteger(durationMinutes) || (cutOffMinute !== null && !Number.isInteger(cutOffMinute)))
    return undefined;
  return { version, band: { hour, durationMinutes, cutOffMinute } };
}

function fieldAt(text: string, start: number, index: number): string {
  let from = start;
  for (let passed = 0; passed < index; passed += 1) {
    const comma = text.indexOf(',', from);
    if (comma < 0) return '';
    from = comma + 1;
  }
  const end = text.indexOf(',', from);
  return end < 0 ? text.slice(from) : text.slice(from, end);
}
