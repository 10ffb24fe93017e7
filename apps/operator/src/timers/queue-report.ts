/** What `timers status` prints of a queue. Pure. */
import { NODE_SCHEMA } from '@ordo/sharding';
import { QueueState, type QueueSwitch } from '@ordo/timers';
import { durationText } from '../terminal/duration.js';
import { explain } from '../terminal/explain.js';
import type { AwayNode, IndexView, QueueOnNode, QueueView } from './queue-view.js';

const MS_PER_SECOND = 1_000;
/** Enough of a token to find it in `ordo cluster`; all of it would fill two lines. */
const TOKEN_SHOWN = 24;

export function queueReport({ home, nodes, index }: QueueView): string[] {
  return [
    home.schema === NODE_SCHEMA ? home.queue : `${home.queue} (${home.schema})`,
    ...nodes.flatMap((node) => ('error' in node ? [`  ${node.node}  away: ${reasonOf(node)}`] : onNodeLines(node))),
    `  index   ${'error' in index ? indexAway(index.error) : indexText(index)}`,
  ];
}

/** `open`, or who paused it, since when and why. */
export function positionText(position: QueueSwitch | undefined, nowMs: number): string {
  if (position === undefined) return 'never fired here';
  if (position.state === QueueState.OPEN) return 'open';
  const { changedBy, changedMs, reason } = position;
  const since = `PAUSED for ${durationText(nowMs - changedMs)}, since ${new Date(changedMs).toISOString()}`;
  return `${since} by ${changedBy ?? 'nobody known'}${reason === null ? '' : `: ${reason}`}`;
}

/** Who owns the partitions on a node, and what nobody does. */
export function ownersText({ leases, partitions }: Pick<QueueOnNode, 'leases' | 'partitions'>): string {
  if (leases === undefined) return 'owners: not known, no process has announced the queue';
  const held = leases.filter(({ owner, leftMs }) => owner !== '' && leftMs > 0);
  const owners = [...new Set(held.map(({ owner }) => owner))].sort().map((owner) => {
    const own = held.filter((lease) => lease.owner === owner);
    return `${shortened(owner)} has ${own.length} (${epochsText(own.map(({ epoch }) => epoch))})`;
  });
  const nobody = partitions - held.length;
  const free = nobody > 0 ? [`NOBODY has ${nobody}`] : [];
  return `owners: ${[...owners, ...free].join(', ')}`;
}

function onNodeLines(on: QueueOnNode): string[] {
  const { node, depth, position } = on;
  const { pending, due, failed, oldestDueMs, nowMs } = depth;
  const waits = oldestDueMs === undefined || due === 0 ? '' : `, the oldest for ${durationText(nowMs - oldestDueMs)}`;
  const givenUp = failed === 0 ? '' : `, ${failed} GIVEN UP`;
  return [
    `  ${node}  ${pending} pending, ${due} due now${waits}${givenUp}; ${positionText(position, nowMs)}`,
    `          ${ownersText(on)}`,
  ];
}

function indexText({ partitions, surveys }: IndexView): string {
  const built = surveys.filter(({ isBuilt }) => isBuilt);
  const head = `${built.length} of ${partitions} partitions built`;
  if (surveys.length === 0) return head;
  const lagMs = Math.max(0, ...surveys.map(({ nowMs, cursor }) => nowMs - (cursor + 1) * MS_PER_SECOND));
  const aheadMs = Math.min(...surveys.map(({ horizon, nowMs }) => horizon * MS_PER_SECOND - nowMs));
  const unfed = surveys.filter(({ fed, horizon }) => fed < horizon).length;
  const sum = (of: 'waiting' | 'claimed'): number => surveys.reduce((total, survey) => total + survey[of], 0);
  const ahead = aheadMs >= 0 ? `loaded ${durationText(aheadMs)} ahead` : `NOT LOADED for ${durationText(aheadMs)}`;
  return [
    head,
    lagMs < MS_PER_SECOND ? 'drained to the second' : `drained up to ${durationText(lagMs)} ago`,
    ahead + (unfed === 0 ? '' : ` (${unfed} still loading)`),
    `${sum('waiting')} entries, ${sum('claimed')} claimed`,
  ].join(', ');
}

const indexAway = (error: unknown): string =>
  `Redis away: ${firstLine(explain(error))}; what is due is read from MySQL`;

const reasonOf = ({ error }: AwayNode): string => firstLine(explain(error));

const firstLine = (text: string): string => text.split('\n')[0] ?? text;

const shortened = (owner: string): string => (owner.length <= TOKEN_SHOWN ? owner : `…${owner.slice(-TOKEN_SHOWN)}`);

function epochsText(epochs: readonly number[]): string {
  const [least, most] = [Math.min(...epochs), Math.max(...epochs)];
  return least === most ? `epoch ${least}` : `epochs ${least}–${most}`;
}
