/**
 * The built order app as a process of its own, in one role and on free ports: what is tested is what is deployed, and a fault spec may
 * kill it, freeze it, and start it again on the same port. Its log goes to `.stack/<profile>/logs`, so that a failed run can be read.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually, testStack } from '@ordo/testing';

export const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/apps/order/src/main.js');
/** A first boot reads the migration record of 243 schemas and declares the topology; two cores may be shared. */
const READY_MS = 30_000;
/** The app gives itself 15 s to stop. */
const ENDED_MS = 20_000;
const LINES_SHOWN = 15;

export type OrderRole = 'api' | 'worker';

interface Ports {
  readonly http: number;
  readonly grpc: number;
}

let started = 0;

export class OrderProcess {
  private exitCode: number | null | undefined;

  private constructor(
    readonly role: OrderRole,
    private readonly ports: Ports,
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {
    child.once('exit', (code) => {
      this.exitCode = code;
    });
  }

  /** Resolves when /health/ready answers 200. `like`: on the ports of that process, which must have ended. */
  static async start(role: OrderRole, like?: OrderProcess): Promise<OrderProcess> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
    const ports = like?.ports ?? { http: await freePort(), grpc: await freePort() };
    started += 1;
    const { path, descriptor } = openLog(`order-${role}-${process.pid}-${started}.log`);
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      cwd: ROOT,
      stdio: ['ignore', descriptor, descriptor],
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ORDO_ROLES: role,
        ORDO_HTTP_PORT: String(ports.http),
        ORDO_GRPC_PORT: String(ports.grpc),
      },
    });
    closeSync(descriptor);
    const running = new OrderProcess(role, ports, child, path);
    await running.untilReady();
    return running;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get hasEnded(): boolean {
    return this.exitCode !== undefined;
  }

  /** As a crash does: no handler runs, no socket is closed in peace. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.untilEnded();
  }

  /** As a host that swaps, or a pause of its virtual machine: it keeps its sockets and does nothing. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Safe when it was not frozen. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Asks it to stop, as an orchestrator does; answers its exit code. */
  async terminate(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.untilEnded();
  }

  private async untilEnded(): Promise<number | null> {
    const ended = await eventually(
      () => (this.hasEnded ? { code: this.exitCode ?? null } : undefined),
      `the ${this.role} ended; its log is ${this.log}`,
      ENDED_MS,
    );
    return ended.code;
  }

  private async untilReady(): Promise<void> {
    const look = async (): Promise<boolean> => {
      if (this.hasEnded) throw new Error(`the ${this.role} ended with code ${this.exitCode}\n${this.lastLines()}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    };
    await eventually(look, `the ${this.role} is ready; its log is ${this.log}`, READY_MS).catch(
      async (error: unknown) => {
        this.child.kill('SIGKILL');
        throw error;
      },
    );
  }

  private lastLines(): string {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-LINES_SHOWN).join('\n');
  }
}

function openLog(name: string): { path: string; descriptor: number } {
  const folder = join(ROOT, '.stack', testStack().profile, 'logs');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  return { path, descriptor: openSync(path, 'a') };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
