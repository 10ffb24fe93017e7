/** Marks a provider as the handler of a queue. */
import type { QueueTask, RetryRules } from '@ordo/timers';

const HANDLES = Symbol('ordo.timers.handles');

export type HandledQueue = Omit<QueueTask, 'task'>;

type TaskClass = abstract new (...args: never[]) => unknown;

/** The class, a provider of any module, implements `TimerTask`: its `handle` is called for every due timer of `queue`. */
export function TimerHandler(queue: string, retries: RetryRules = {}): (target: TaskClass) => void {
  return (target) => {
    Object.defineProperty(target, HANDLES, { value: { queue, retries } satisfies HandledQueue });
  };
}

/** What {@link TimerHandler} said of a class; undefined for any other. */
export function handledQueueOf(target: unknown): HandledQueue | undefined {
  return typeof target === 'function' && Object.hasOwn(target, HANDLES)
    ? (target as unknown as Record<typeof HANDLES, HandledQueue>)[HANDLES]
    : undefined;
}
