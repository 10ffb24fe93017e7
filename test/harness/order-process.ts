/**
 * A built app (the order app, unless another is named) as a process of its own, on free ports: what is tested is what is deployed, and a fault spec may kill it and start
 * it again on the same ports. Its log goes to `.stack/<profile>/logs`, so that a failed run can be read afterwards.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@ordo/testing';
import { openLog, ROOT } from './process-log.js';

const mainOf = (app: string): string => join(ROOT, `dist/apps/${app}/src/main.js`);
/** A first boot reads the record of every schema and declares the topology; two cores may be shared by many. */
const READY_MS = 120_000;
/** The app gives itself 15 s to stop. */
const ENDED_MS = 20_000;
const LINES_SHOWN = 200;

export interface OrderProcessOptions {
  /** Default `order`. */
  readonly app?: 'order' | 'aftersale' | 'delivery';
  /** Default `api,worker`. */
  readonly roles?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default true: `start` resolves when /health/ready answers 200. */
  readonly untilReady?: boolean;
  /** Takes the ports of this process, which must have ended: clients that knew it find its successor. */
  readonly successorOf?: OrderProcess;
}

interface Ports {
  readonly http: number;
  readonly grpc: number;
}

export class OrderProcess {
  private exit: { readonly code: number | null } | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: Ports,
    private readonly logPath: string,
  ) {
    child.once('exit', (code) => {
      this.exit = { code };
    });
  }

  static async start(options: OrderProcessOptions = {}): Promise<OrderProcess> {
    const main = mainOf(options.app ?? 'order');
    if (!existsSync(main)) throw new Error(`${main} is missing: npm run build`);
    const ports = options.successorOf?.ports ?? { http: await freePort(), grpc: await freePort() };
    const log = openLog();
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd: ROOT,
      stdio: ['ignore', log.descriptor, log.descriptor],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        // Specs cannot wait for the minutes that a business type would have.
        ORDO_SHORTEST_DEADLINE_SECONDS: '1',
        ORDO_ROLES: options.roles ?? 'api,worker',
        ORDO_HTTP_PORT: String(ports.http),
        ORDO_GRPC_PORT: String(ports.grpc),
        ...options.environment,
      },
    });
    closeSync(log.descriptor);
    const running = new OrderProcess(child, ports, log.path);
    if (options.untilReady !== false) await running.ready();
    return running;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get grpcAddress(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  /** The last lines of the log. */
  get log(): string {
    return readFileSync(this.logPath, 'utf8').trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.exit !== undefined;
  }

  /** A process that does not become ready is killed before this throws: nobody else would know of it. */
  async ready(): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (this.exit !== undefined) throw new Error(`the app ended with code ${this.exit.code}\n${this.log}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    };
    try {
      await eventually(look, `the app is ready; its log is ${this.logPath}`, READY_MS);
    } catch (error) {
      this.child.kill('SIGKILL');
      throw error;
    }
  }

  /** Asks it to stop, as an orchestrator does, and answers its exit code. */
  async stop(): Promise<number | null> {
    if (this.exit === undefined) this.child.kill('SIGTERM');
    return this.ended();
  }

  /** As a crash does: no handler runs, no socket is closed in peace. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Its exit code, once it has ended by itself or otherwise; null after a kill. */
  async ended(): Promise<number | null> {
    const what = `the app has ended; its log is ${this.logPath}`;
    const { code } = await eventually(() => this.exit, what, ENDED_MS);
    return code;
  }

  /** As a host that swaps, or a pause of its virtual machine: it keeps its sockets and does nothing. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Safe when it was not frozen. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }
}

/** Below the ephemeral ports, of which a client's connection may take one while the app boots, and below those of the stack's servers. */
const LOWEST_PORT = 12_000;
const HIGHEST_PORT = 20_999;

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1);
    const server = createServer();
    const isFree = await new Promise<boolean>((answer) => {
      server.once('error', () => answer(false));
      server.listen({ port, host: '0.0.0.0', exclusive: true }, () => answer(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
