import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who holds a lease: `<boot id>:<pid namespace inode>:<pid>:<start ticks>`. All four together name one process for
 * ever, so a process of the same boot and namespace can tell for certain that another one is dead, and take its worker
 * id without waiting four hours. Where /proc does not tell, the label is unique and never judged dead.
 */
const LABEL = /^([0-9a-f-]{36}):(\d+):(\d+):(\d+)(?:~[0-9a-f]+)?$/;
/** Fields of /proc/<pid>/stat after the command name, which may itself contain spaces and brackets. */
const TOKEN_BYTES = 4;
const STATE_FIELD = 0;
const START_TICKS_FIELD = 19;
/** Z zombie, X and x dead: killed, only not collected by its parent yet. */
const DEAD_STATES: ReadonlySet<string> = new Set(['Z', 'X', 'x']);

interface ProcessStat {
  readonly state: string;
  readonly startTicks: string;
}

export function processIdentity(): string {
  const room = processRoom();
  const own = statOf('self');
  if (room === undefined || own === undefined) return `${hostname().slice(0, 40)}:${randomUUID()}`;
  return `${room}:${process.pid}:${own.startTicks}`;
}

/** Names one start: the identity of a process, or what its operator calls it, and a token that is never used again. */
export function ownerToken(holderId: string): string {
  return `${holderId}~${randomBytes(TOKEN_BYTES).toString('hex')}`;
}

/** What an owner token was made of. */
export function holderOf(token: string): string {
  const at = token.lastIndexOf('~');
  return at < 0 ? token : token.slice(0, at);
}

/** True only when it is certain: the owner ran on this boot, in this pid namespace, and its process is no more. */
export function isDeadHere(owner: string): boolean {
  const [, bootId, namespace, pid, startTicks] = LABEL.exec(owner) ?? [];
  if (pid === undefined || `${bootId}:${namespace}` !== processRoom()) return false;
  const stat = statOf(pid);
  return stat === undefined ? isProcReadable() : stat.startTicks !== startTicks || DEAD_STATES.has(stat.state);
}

/** Boot and pid namespace: the room within which a pid means one process. Undefined where /proc is missing or of another namespace. */
function processRoom(): string | undefined {
  ownRoom ??= { room: readRoom() };
  return ownRoom.room;
}

/** Never changes, and is asked for at every turn of every group. */
let ownRoom: { readonly room: string | undefined } | undefined;

function readRoom(): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const namespace = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid'))?.[1];
    return namespace === undefined ? undefined : `${bootId}:${namespace}`;
  } catch {
    return undefined;
  }
}

function statOf(pid: string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const state = fields[STATE_FIELD];
    const startTicks = fields[START_TICKS_FIELD];
    return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
  } catch {
    return undefined;
  }
}

/** Guards against a missing file that says nothing: /proc must show at least ourselves. */
function isProcReadable(): boolean {
  return statOf('self') !== undefined;
}
