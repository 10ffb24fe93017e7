/** The bodies of the maintainers and operators of lanes. */
import { NestedList, OneOf, Text, WholeNumber } from '@ordo/platform';
import { AREA_PATTERN, HOURS, MAX_DURATION_MINUTES, MINUTES_OF_DAY, PRODUCT_PATTERN } from '../promise-lanes/lane.js';
import { rooms } from '../promise-rooms/promise-room.js';
import { readChoices, writeChoices } from '../promise-switch/promise-switch.rules.js';

/** One transaction: 200 lanes are at most 4,800 rows. */
const MAX_LANES = 200;
/** Loaded by name; more is a full load. */
const MAX_NAMED = 1_000;
const MAX_LANE_NAME = 170;
const MAX_REASON = 255;

export class LaneBandDto {
  @WholeNumber({ min: 0, max: HOURS - 1, description: 'Hour of the day in the zone of the business', example: 12 })
  readonly hour!: number;

  @WholeNumber({ min: 1, max: MAX_DURATION_MINUTES, example: 35 })
  readonly durationMinutes!: number;

  @WholeNumber({
    min: 0,
    max: MINUTES_OF_DAY - 1,
    optional: true,
    description: 'Last minute of the day, within the hour, at which an order is still carried; default all of them',
    example: 750,
  })
  readonly cutOffMinute?: number;
}

export class LaneDto {
  @Text({ max: 64, pattern: AREA_PATTERN, example: 'shanghai-07' })
  readonly originArea!: string;

  @Text({ max: 64, pattern: AREA_PATTERN, example: 'shanghai-12' })
  readonly destinationArea!: string;

  @Text({ max: 32, pattern: PRODUCT_PATTERN, example: 'standard' })
  readonly serviceProduct!: string;

  @NestedList(() => LaneBandDto, { max: HOURS, description: 'All hours of the lane; none takes it away' })
  readonly bands!: readonly LaneBandDto[];
}

export class ReplaceLanesDto {
  @NestedList(() => LaneDto, { min: 1, max: MAX_LANES })
  readonly lanes!: readonly LaneDto[];
}

/** `FULL`: everything. `CHANGES`: what waits for a later try, at once. `NAMED`: these lanes. */
export const LoadMode = { FULL: 'FULL', CHANGES: 'CHANGES', NAMED: 'NAMED' } as const;
export type LoadMode = (typeof LoadMode)[keyof typeof LoadMode];

export class LaneNameDto {
  @Text({ max: MAX_LANE_NAME, example: 'shanghai-07|shanghai-12|standard' })
  readonly lane!: string;
}

export class LoadRoomsDto {
  @OneOf(Object.values(LoadMode), { example: 'FULL' })
  readonly mode!: LoadMode;

  @OneOf(rooms, { optional: true, description: 'Default both', example: 'A' })
  readonly room?: (typeof rooms)[number];

  @NestedList(() => LaneNameDto, { min: 1, max: MAX_NAMED, optional: true, description: 'For NAMED, and only there' })
  readonly lanes?: readonly LaneNameDto[];
}

export class PromiseSwitchDto {
  @OneOf(readChoices, { example: 'AUTO' })
  readonly readFrom!: (typeof readChoices)[number];

  @OneOf(writeChoices, { example: 'BOTH' })
  readonly writeTo!: (typeof writeChoices)[number];

  @Text({ max: MAX_REASON, optional: true, example: 'room B moves to another rack' })
  readonly reason?: string;
}
