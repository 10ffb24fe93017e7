/** The state of the promise service as its front tells it (`GET /v1/promise-rooms`), and as lines for a person. */
export interface RoomView {
  readonly room: string;
  readonly isComplete: boolean;
  readonly loadedAt: string | null;
  readonly loadedLanes: number;
  readonly owesFullBecause: string | null;
  readonly debts: number;
  readonly oldestDebtAt: string | null;
}

export interface PromiseStatusView {
  readonly switch: { readonly version: number; readonly readFrom: string; readonly writeTo: string };
  readonly isObeyed: boolean;
  readonly rooms: readonly RoomView[];
  readonly instances: readonly {
    readonly instance: string;
    readonly roles: string;
    readonly homeRoom: string;
    readonly switchVersion: number;
    readonly rooms: string;
  }[];
}

export function promiseReport({ switch: thrown, isObeyed, rooms, instances }: PromiseStatusView): readonly string[] {
  const obeyed = isObeyed ? 'obeyed by every instance' : 'NOT obeyed by every instance yet';
  return [
    `switch ${thrown.version}: read ${thrown.readFrom}, write ${thrown.writeTo}; ${obeyed}`,
    ...rooms.map(roomLine),
    ...instances.map(
      ({ instance, roles, homeRoom, switchVersion, rooms: seen }) =>
        `  ${instance} (${roles}) at home in ${homeRoom}, obeys ${switchVersion}, sees ${seen}`,
    ),
  ];
}

function roomLine({ room, isComplete, loadedAt, loadedLanes, owesFullBecause, debts, oldestDebtAt }: RoomView): string {
  const loaded = loadedAt === null ? 'never loaded' : `${loadedLanes} lanes, loaded ${loadedAt}`;
  const full = owesFullBecause === null ? '' : `, needs a full load: ${owesFullBecause}`;
  const owed = debts === 0 ? '' : `, owed ${debts} lanes since ${oldestDebtAt}`;
  return `room ${room}: ${isComplete ? 'complete' : 'INCOMPLETE'}, ${loaded}${full}${owed}`;
}

/** Nothing is owed to any of the rooms that matter. */
export const isSettled = ({ rooms }: PromiseStatusView, only?: string): boolean =>
  rooms
    .filter(({ room }) => only === undefined || room === only)
    .every(({ isComplete, debts }) => isComplete && debts === 0);
