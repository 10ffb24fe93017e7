/** The leases of a node as an operator wants to read them: the master, the members, who owns what under which epoch, for how long. */
import { rosterOf } from '@ordo/coordination';
import { CONTROL_SCHEMA, NODE_SCHEMA } from '@ordo/sharding';
import { explain } from '../terminal/explain.js';
import type { ClusterLease, ClusterMember, ClusterNode } from './cluster-rows.repository.js';

const HOUSE_SCHEMAS = new Set([NODE_SCHEMA, CONTROL_SCHEMA]);
const MASTER_SLOT = -1;
const MS_PER_SECOND = 1_000;
const SECONDS_PER_HOUR = 3_600;

export function clusterReport(nodes: readonly (ClusterNode | { node: string; error: unknown })[]): string[] {
  return nodes.flatMap((node) => ('error' in node ? [`${node.node}  away: ${explain(node.error)}`] : nodeReport(node)));
}

function nodeReport({ node, leases, members }: ClusterNode): string[] {
  const names = new Set([...leases.map(leaseName), ...members.map(memberName)]);
  const groups = [...names].map((name) =>
    groupReport(
      name,
      leases.filter((lease) => leaseName(lease) === name),
      members.filter((member) => memberName(member) === name),
    ),
  );
  return names.size === 0 ? [`${node}  no leases`] : [node, ...groups.flat()];
}

/** Apps may call their groups alike; those of the order app and of the control schema are named without their schema. */
const nameIn = (schema: string, name: string): string => (HOUSE_SCHEMAS.has(schema) ? name : `${schema}.${name}`);
const leaseName = ({ schema, name }: ClusterLease): string => nameIn(schema, name);
const memberName = ({ schema, group }: ClusterMember): string => nameIn(schema, group);

function groupReport(name: string, leases: readonly ClusterLease[], members: readonly ClusterMember[]): string[] {
  const master = leases.find(({ slot }) => slot === MASTER_SLOT);
  const partitions = leases.filter(({ slot }) => slot !== MASTER_SLOT);
  const free = partitions.filter(({ leftMs }) => leftMs <= 0);
  const head =
    master === undefined ? `${partitions.length} leases` : `${partitions.length} partitions, ${masterText(master)}`;
  const tokens = new Set([...members.map(({ token }) => token), ...partitions.map(({ owner }) => owner)]);
  const logicalIds = new Map(rosterOf(master?.memo ?? null).map(({ token, logicalId }) => [token, logicalId]));
  const owners = [...tokens]
    .filter((token) => token !== '')
    .map((token) => {
      const member = members.find((each) => each.token === token);
      const held = partitions.filter(({ owner, leftMs }) => owner === token && leftMs > 0);
      return held.length === 0 && member === undefined ? [] : [ownerLine(token, logicalIds.get(token), member, held)];
    });
  const unowned = free.length === 0 || master === undefined ? [] : [`    nobody: ${free.map(leaseText).join(' ')}`];
  return [`  ${name}: ${head}`, ...owners.flat(), ...unowned];
}

function masterText({ owner, epoch, leftMs }: ClusterLease): string {
  const isHeld = owner !== '' && leftMs > 0;
  return isHeld ? `master ${owner} (epoch ${epoch}, ${duration(leftMs)} left)` : `no master (last epoch ${epoch})`;
}

function ownerLine(
  token: string,
  logicalId: number | undefined,
  member: ClusterMember | undefined,
  held: readonly ClusterLease[],
): string {
  const id = logicalId === undefined ? '' : ` #${logicalId}`;
  const beat =
    member === undefined ? '' : `, heartbeat ${member.leftMs > 0 ? `${duration(member.leftMs)} left` : 'expired'}`;
  const leftMs = Math.min(...held.map((lease) => lease.leftMs));
  const what =
    held.length === 0
      ? 'owns nothing'
      : `owns ${held.length} for ${duration(leftMs)}: ${held.map(leaseText).join(' ')}`;
  return `    ${token}${id}${beat}, ${what}`;
}

/** `slot@epoch`. */
function leaseText({ slot, epoch }: ClusterLease): string {
  return `${slot}@${epoch}`;
}

function duration(ms: number): string {
  const seconds = ms / MS_PER_SECOND;
  return seconds >= SECONDS_PER_HOUR ? `${(seconds / SECONDS_PER_HOUR).toFixed(1)} h` : `${seconds.toFixed(1)} s`;
}
