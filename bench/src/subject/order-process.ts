/** An app as it is deployed: dist, one process per role, its log in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdForward } from './forward-cores.js';

type App = 'order' | 'aftersale' | 'delivery';

const LOG_FOLDER = '.cache/bench';
const READY_MS = 30_000;

export class OrderProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly origin: string,
    readonly grpcAddress: string,
    private readonly logFile: string,
  ) {}

  /** Resolves when /health/ready answers 200. `ORDO_BENCH_EXEC_ARGV` goes to Node, e.g. `--cpu-prof`. */
  static async start(
    role: string,
    app: App = 'order',
    environment: Readonly<Record<string, string>> = {},
  ): Promise<OrderProcess> {
    const [http, grpc] = [await freePort(), await freePort()];
    mkdirSync(LOG_FOLDER, { recursive: true });
    const logFile = join(LOG_FOLDER, `${app}-${role}.log`);
    const log = openSync(logFile, 'w');
    const execArgv = (process.env['ORDO_BENCH_EXEC_ARGV'] ?? '').split(' ').filter((argument) => argument !== '');
    const child = spawn(process.execPath, [...execArgv, `dist/apps/${app}/src/main.js`], {
      env: {
        ...process.env,
        ...environment,
        ORDO_ROLES: role,
        ORDO_HTTP_PORT: String(http),
        ORDO_GRPC_PORT: String(grpc),
      },
      stdio: ['ignore', log, log],
    });
    if (app === 'order') holdForward(child.pid);
    const started = new OrderProcess(child, `http://127.0.0.1:${http}`, `127.0.0.1:${grpc}`, logFile);
    await started.whenReady();
    return started;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** It does nothing until {@link thaw}, and is warm then. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Safe when it was not frozen. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Gracefully: what was accepted is finished. */
  async stop(): Promise<void> {
    if (this.hasEnded) return;
    this.thaw();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async whenReady(): Promise<void> {
    const giveUpMs = performance.now() + READY_MS;
    while (performance.now() < giveUpMs && !this.hasEnded) {
      const ready = await fetch(`${this.origin}/health/ready`).catch(() => undefined);
      if (ready?.ok === true) return;
      await sleep(20);
    }
    const log = readFileSync(this.logFile, 'utf8').split('\n').slice(-15).join('\n');
    throw new Error(`the app does not become ready; its log ends with\n${log}`);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
