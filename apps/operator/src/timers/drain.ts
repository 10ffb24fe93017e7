/**
 * Waits until everything that was due when it began has fired. What falls due meanwhile is not waited for: on a busy queue there is always
 * something. Each node's clock decides what was due on it.
 */

import { QueueState } from '@ordo/timers';
import { explain } from '../terminal/explain.js';
import type { QueueDepth } from './queue-depth.repository.js';
import { ownersText, positionText } from './queue-report.js';
import type { QueueOnNode, QueueView } from './queue-view.js';

export interface DrainNode {
  readonly node: string;
  /** How many are pending that were due by `dueByMs`; undefined: by the node's now. */
  readonly depth: (dueByMs?: number) => Promise<QueueDepth>;
}

export interface DrainPorts {
  readonly nodes: readonly DrainNode[];
  /** Everything that is known of the queue, to say why nothing moves. */
  readonly view: () => Promise<QueueView>;
  readonly pause: (ms: number) => Promise<void>;
  readonly nowMs: () => number;
  readonly tell: (line: string) => void;
}

export interface DrainOutcome {
  readonly isDrained: boolean;
  /** Why not, a line each. */
  readonly reasons: readonly string[];
}

const LOOK_EVERY_MS = 1_000;

interface Watched extends DrainNode {
  /** What counts as due there; unknown until the node has answered once. */
  dueByMs?: number;
  left: number | undefined;
}

/** `patienceMs`: how long nothing may move before it is given up. */
export async function drain(ports: DrainPorts, patienceMs: number): Promise<DrainOutcome> {
  const watched: Watched[] = ports.nodes.map((node) => ({ ...node, left: undefined }));
  let best = Number.POSITIVE_INFINITY;
  let movedMs = ports.nowMs();
  for (;;) {
    await Promise.all(watched.map(look));
    const left = watched.reduce((sum, node) => sum + (node.left ?? 0), 0);
    const isKnown = watched.every((node) => node.left !== undefined);
    if (isKnown && left === 0) return { isDrained: true, reasons: [] };
    ports.tell(watched.map(({ node, left: rest }) => `${node} ${rest ?? 'away'}`).join(', '));
    if (isKnown && left < best) {
      best = left;
      movedMs = ports.nowMs();
    }
    if (ports.nowMs() - movedMs >= patienceMs) return { isDrained: false, reasons: reasonsOf(await ports.view()) };
    await ports.pause(LOOK_EVERY_MS);
  }
}

async function look(node: Watched): Promise<void> {
  try {
    const { due, nowMs } = await node.depth(node.dueByMs);
    node.dueByMs ??= nowMs;
    node.left = due;
  } catch {
    // Why it is away, the view says in the end.
    node.left = undefined;
  }
}

function reasonsOf({ nodes, index }: QueueView): string[] {
  const reasons = nodes.flatMap((on) => ('error' in on ? [`${on.node} is away: ${explain(on.error)}`] : reasonsOn(on)));
  if ('error' in index) reasons.push(`Redis is away: ${explain(index.error)}; timers fire from MySQL, more slowly`);
  return reasons.length > 0
    ? reasons
    : ['every partition has an owner and nothing is paused: the log of the workers says which step fails'];
}

function reasonsOn({ node, depth, position, leases, partitions }: QueueOnNode): string[] {
  if (depth.due === 0) return [];
  if (position === undefined) return [`${node}: no process fires the queue`];
  if (position.state === QueueState.PAUSED) return [`${node}: ${positionText(position, depth.nowMs)}`];
  const held = (leases ?? []).filter(({ owner, leftMs }) => owner !== '' && leftMs > 0);
  return leases !== undefined && held.length < partitions ? [`${node}: ${ownersText({ leases, partitions })}`] : [];
}
