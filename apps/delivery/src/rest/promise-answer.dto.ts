/** The answers about promises and rooms as OpenAPI describes them; `implements` keeps them in step with what the desks answer. */
import { Answer, Instant, Whole, WholeOrNull, Words } from '@ordo/platform';
import type { GivenPromise, PromiseAnswer } from '../promise-answers/promise-desk.js';
import { PromiseOutcome } from '../promise-lanes/promise.rules.js';
import type { InstanceReport, PromiseStatus, ReplacedLane, RoomReport } from '../promise-loading/lane-desk.js';
import { FullLoadCause } from '../promise-loading/promise-room.repository.js';
import { type Room, rooms } from '../promise-rooms/promise-room.js';
import {
  type PromiseSwitch,
  type ReadFrom,
  readChoices,
  type WriteTo,
  writeChoices,
} from '../promise-switch/promise-switch.rules.js';

class GivenPromiseAnswer implements GivenPromise {
  @Answer({ enum: Object.values(PromiseOutcome), example: 'PROMISED' }) readonly outcome!: PromiseOutcome;
  @Instant({ nullable: true }) readonly promisedAt!: string | null;
  @WholeOrNull(35, 'From the order to the door') readonly durationMinutes!: number | null;
  @WholeOrNull(1790000000000000, 'Rises with every change of the lane') readonly laneVersion!: number | null;
  @Answer({
    type: String,
    nullable: true,
    description: 'For the placement of the order, if it was asked for with freezeFor',
    example: null,
  })
  readonly token!: string | null;
}

export class PromiseAnswerDto implements PromiseAnswer {
  @Answer({ type: [GivenPromiseAnswer], description: 'In the order of the requests' })
  readonly promises!: readonly GivenPromiseAnswer[];
  @Answer({
    type: Boolean,
    description: 'No room answered: careful figures, none of which can be frozen',
    example: false,
  })
  readonly degraded!: boolean;
  @Answer({ enum: rooms, nullable: true, description: 'Which room answered', example: 'A' })
  readonly room!: Room | null;
}

class ReplacedLaneAnswer implements ReplacedLane {
  @Words('shanghai-07|shanghai-12|standard') readonly lane!: string;
  @Whole(1790000000000000) readonly version!: number;
  @Whole(24) readonly hours!: number;
}

export class ReplacedLanesAnswer {
  @Answer({ type: [ReplacedLaneAnswer] }) readonly lanes!: readonly ReplacedLaneAnswer[];
}

class PromiseSwitchAnswer implements PromiseSwitch {
  @Whole(3) readonly version!: number;
  @Answer({ enum: readChoices, example: 'AUTO' }) readonly readFrom!: ReadFrom;
  @Answer({ enum: writeChoices, example: 'BOTH' }) readonly writeTo!: WriteTo;
}

class RoomReportAnswer implements RoomReport {
  @Answer({ enum: rooms, example: 'A' }) readonly room!: Room;
  @Answer({ type: Boolean, example: true }) readonly isComplete!: boolean;
  @Instant({ nullable: true }) readonly loadedAt!: string | null;
  @Whole(120000) readonly loadedLanes!: number;
  @Answer({ enum: Object.values(FullLoadCause), nullable: true, example: null })
  readonly owesFullBecause!: FullLoadCause | null;
  @Whole(0) readonly debts!: number;
  @Instant({ nullable: true }) readonly oldestDebtAt!: string | null;
}

class InstanceReportAnswer implements InstanceReport {
  @Words('c0ffee:1:4711') readonly instance!: string;
  @Words('api') readonly roles!: string;
  @Words('A') readonly homeRoom!: string;
  @Answer({ type: 'integer', description: 'The switch that it obeys', example: 3 }) readonly switchVersion!: number;
  @Words('A:used,B:used') readonly rooms!: string;
  @Instant() readonly seenAt!: string;
}

export class PromiseStatusAnswer implements PromiseStatus {
  @Answer({ type: PromiseSwitchAnswer }) readonly switch!: PromiseSwitchAnswer;
  @Answer({ type: Boolean, description: 'Every instance that lives obeys the switch', example: true })
  readonly isObeyed!: boolean;
  @Answer({ type: [RoomReportAnswer] }) readonly rooms!: readonly RoomReportAnswer[];
  @Answer({ type: [InstanceReportAnswer] }) readonly instances!: readonly InstanceReportAnswer[];
}
