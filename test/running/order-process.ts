/**
 * The built order app as a process of its own, on free ports: what is tested is what is deployed, and a fault test may kill it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually } from './eventually.js';
import { servers } from './servers.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/apps/order/src/main.js');
/** A first boot reads the record of 243 schemas and declares the topology. */
const READY_MS = 30_000;
const LOG_KEPT = 200;

export interface OrderProcessOptions {
  /** Default `api,worker`. */
  readonly roles?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default true: `start` resolves when /health/ready answers 200. */
  readonly untilReady?: boolean;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

export class OrderProcess {
  private readonly lines: string[] = [];
  private exit: { readonly code: number | null } | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly grpcAddress: string,
  ) {
    const keep = (chunk: Buffer): void => {
      this.lines.push(...chunk.toString().split('\n').filter(Boolean));
      this.lines.splice(0, Math.max(0, this.lines.length - LOG_KEPT));
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('exit', (code) => {
      this.exit = { code };
    });
  }

  static async start(options: OrderProcessOptions = {}): Promise<OrderProcess> {
    servers();
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
    const [httpPort, grpcPort] = [await freePort(), await freePort()];
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ORDO_ROLES: options.roles ?? 'api,worker',
        ORDO_HTTP_PORT: String(httpPort),
        ORDO_GRPC_PORT: String(grpcPort),
        ...options.environment,
      },
    });
    const running = new OrderProcess(child, `http://127.0.0.1:${httpPort}`, `127.0.0.1:${grpcPort}`);
    if (options.untilReady !== false) await running.ready();
    return running;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  /** The last lines of the log. */
  get log(): string {
    return this.lines.join('\n');
  }

  async ready(): Promise<void> {
    await eventually(
      `the order app is ready`,
      async () => {
        if (this.exit !== undefined) throw new Error(`the order app ended with code ${this.exit.code}\n${this.log}`);
        const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
        return answer?.ok ? true : undefined;
      },
      READY_MS,
    );
  }

  /** Asks it to stop, and answers its exit code. */
  async stop(): Promise<number | null> {
    if (this.exit === undefined) this.child.kill('SIGTERM');
    return this.ended();
  }

  /** As a crash does: no handler runs. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Freezes it or lets it go on, as a paused virtual machine. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  /** Its exit code, once it has ended by itself or otherwise. */
  async ended(): Promise<number | null> {
    const { code } = await eventually('the order app has ended', () => this.exit, READY_MS);
    return code;
  }
}
