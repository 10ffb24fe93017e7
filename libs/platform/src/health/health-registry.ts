/**
 * Whether this process lives, and whether it should get traffic. Ready follows the promises, not the sum of all dependencies: a broker
 * or a cache that is down degrades nothing that a caller was promised (P9), so it is shown and the answer stays 200.
 */
import { type Clock, OrdoError, systemClock } from '@ordo/kernel';

/** Longer than any healthy answer, shorter than the second after which an orchestrator gives up on us. */
const PROBE_TIMEOUT_MS = 800;
/** Several balancers ask at once; probing for each of them would be a load of its own. */
const REPORT_FRESH_MS = 500;

/** `required`: down means not ready. `any-of-kind`: not ready only when all of its `kind` are down. `optional`: shown only. */
export type Importance = 'required' | 'any-of-kind' | 'optional';

export interface Dependency {
  readonly name: string;
  /** What it is, e.g. `mysql`; the group of `any-of-kind`. */
  readonly kind: string;
  readonly importance: Importance;
  /** Rejects when the dependency does not serve; is abandoned after 800 ms. */
  readonly probe: () => Promise<unknown>;
}

export interface DependencyReport {
  readonly name: string;
  readonly kind: string;
  readonly importance: Importance;
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  /** A code or an error class; never a message, which may name hosts and users. */
  readonly problem?: string;
}

export interface ReadyReport {
  /** `degraded` still answers 200. */
  readonly status: 'up' | 'degraded' | 'down' | 'stopping';
  readonly dependencies: readonly DependencyReport[];
}

export class HealthRegistry {
  private readonly dependencies: Dependency[] = [];
  private stopping = false;
  private latest: { readonly atMs: number; readonly report: Promise<ReadyReport> } | undefined;

  constructor(private readonly clock: Clock = systemClock) {}

  register(dependency: Dependency): void {
    this.dependencies.push(dependency);
  }

  /** From now on not ready, so that balancers turn away while what was accepted is finished. */
  announceStop(): void {
    this.stopping = true;
  }

  /** Probes every dependency at once; never rejects. A report younger than 500 ms is given again. */
  async ready(): Promise<ReadyReport> {
    if (this.stopping) return { status: 'stopping', dependencies: [] };
    const nowMs = this.clock.monotonicMs();
    if (this.latest === undefined || nowMs - this.latest.atMs >= REPORT_FRESH_MS) {
      this.latest = { atMs: nowMs, report: this.probeAll() };
    }
    return this.latest.report;
  }

  private async probeAll(): Promise<ReadyReport> {
    const dependencies = await Promise.all(this.dependencies.map((dependency) => this.probe(dependency)));
    return { status: statusOf(dependencies), dependencies };
  }

  private async probe({ name, kind, importance, probe }: Dependency): Promise<DependencyReport> {
    const startedMs = this.clock.monotonicMs();
    const problem = await problemOfProbe(probe);
    const latencyMs = Math.round((this.clock.monotonicMs() - startedMs) * 10) / 10;
    const facts = { name, kind, importance, latencyMs };
    return problem === undefined ? { ...facts, status: 'up' } : { ...facts, status: 'down', problem };
  }
}

function statusOf(reports: readonly DependencyReport[]): 'up' | 'degraded' | 'down' {
  const down = reports.filter((report) => report.status === 'down');
  const fatal = down.some(
    (report) =>
      report.importance === 'required' ||
      (report.importance === 'any-of-kind' &&
        reports.every((other) => other.kind !== report.kind || other.status === 'down')),
  );
  if (fatal) return 'down';
  return down.length > 0 ? 'degraded' : 'up';
}

async function problemOfProbe(probe: () => Promise<unknown>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, PROBE_TIMEOUT_MS, 'TIMEOUT');
  });
  const answer = (async () => probe())().then(() => undefined, shortNameOf);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function shortNameOf(error: unknown): string {
  if (error instanceof OrdoError) return error.code;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  return error instanceof Error ? error.name : 'UNKNOWN';
}
