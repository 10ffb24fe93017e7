/** What the operator reads of the broadcast: per app and node, what each cluster is told and what waits for it. */
import { Cluster, initialSwitch, type OutboxDepth, SwitchState, type ThrownSwitch } from '@ordo/outbox';
import { durationText } from '../terminal/duration.js';
import { explain } from '../terminal/explain.js';
import type { BroadcastView, Thrown } from './broadcast-switch.js';

const PLACE_WIDTH = 28;
const CLUSTER_WIDTH = 8;

export function broadcastLines(views: readonly (BroadcastView | Thrown)[]): string[] {
  return views.flatMap((view) => {
    const place = `${view.node} ${view.schema}`.padEnd(PLACE_WIDTH);
    if (!('depths' in view)) return [`${place}does not answer: ${explain(view.error)}`];
    return Object.values(Cluster).map((cluster) => {
      const thrown = view.switches.find((each) => each.cluster === cluster);
      return `${place}${cluster.padEnd(CLUSTER_WIDTH)}${switchText(cluster, thrown)}; ${depthText(view.depths[cluster])}`;
    });
  });
}

function switchText(cluster: Cluster, thrown: ThrownSwitch | undefined): string {
  const { state, percent, types } = thrown ?? initialSwitch[cluster];
  const share =
    cluster === Cluster.FIRST
      ? ''
      : `, ${percent} % of the orders${types === undefined ? '' : ` (${types.join(', ')})`}`;
  if (state === SwitchState.OPEN) return `open${share}`;
  const since = `since ${new Date(thrown?.changedMs ?? 0).toISOString()} by ${thrown?.changedBy ?? 'nobody'}`;
  return `PAUSED ${since}: ${thrown?.reason ?? 'no reason given'}${share}`;
}

function depthText({ ready, parked, projected, oldestAgeMs }: OutboxDepth): string {
  if (ready + parked + projected === 0) return 'nothing waits';
  return `${ready + projected} wait, ${parked} parked, the oldest for ${durationText(oldestAgeMs)}`;
}

export function changeLines(thrown: readonly Thrown[]): string[] {
  const lines = thrown.map(({ node, schema, error }) => {
    const place = `${node} ${schema}`.padEnd(PLACE_WIDTH);
    return error === undefined ? `${place}changed` : `${place}NOT CHANGED, away: ${explain(error)}`;
  });
  const isPartial = thrown.some(({ error }) => error !== undefined);
  return [
    ...lines,
    isPartial ? 'repeat this when every node is back' : 'workers look once a second: it holds from two seconds on',
  ];
}
