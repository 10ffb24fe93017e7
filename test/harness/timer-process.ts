/** The built timer program as a process of its own: killed, frozen and thawed like any other, asked over Node's IPC channel. */
import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@ordo/testing';
import {
  type NodeAnswer,
  type NodeReport,
  type NodeRequest,
  type NodeSettings,
  SETTINGS_VARIABLE,
} from '../programs/node-messages.js';
import { openLog, ROOT } from './process-log.js';

const PROGRAM = join(ROOT, 'dist/test/programs/timer-node.js');
/** Two seconds of a processor; cores are shared. */
const READY_MS = 60_000;
/** It ends what it has claimed, which a hanging handler may draw out by ten seconds. */
const ENDED_MS = 20_000;

interface Asked {
  readonly resolve: (result: NodeReport | null) => void;
  readonly reject: (error: Error) => void;
}

export class TimerProcess {
  private readonly asked = new Map<number, Asked>();
  private isReady = false;
  private exit: { readonly code: number | null } | undefined;
  private asks = 0;

  private constructor(
    private readonly child: ChildProcess,
    readonly settings: NodeSettings,
    private readonly logPath: string,
  ) {
    child.on('message', (answer: NodeAnswer) => this.hear(answer));
    child.once('exit', (code) => {
      this.exit = { code };
      for (const { reject } of this.asked.values()) reject(new Error(`the node has ended; its log is ${logPath}`));
    });
  }

  static start(settings: NodeSettings): TimerProcess {
    if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: npm run build`);
    const log = openLog();
    const child = fork(PROGRAM, {
      ...{ cwd: ROOT, execArgv: ['--enable-source-maps'] },
      stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '', [SETTINGS_VARIABLE]: JSON.stringify(settings) },
    });
    closeSync(log.descriptor);
    return new TimerProcess(child, settings, log.path);
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get hasEnded(): boolean {
    return this.exit !== undefined;
  }

  /** Whether a lease that names `token` is this process's. */
  isNamedBy(token: string): boolean {
    const { memberId } = this.settings;
    return memberId === undefined ? token.split(':')[2] === String(this.pid) : token.startsWith(`${memberId}~`);
  }

  async ready(): Promise<void> {
    const look = (): boolean => {
      if (this.exit !== undefined) throw new Error(`the node ended with code ${this.exit.code}: ${this.logPath}`);
      return this.isReady;
    };
    await eventually(look, `the node is ready; its log is ${this.logPath}`, READY_MS);
  }

  async report(): Promise<NodeReport> {
    const report = await this.ask({ ask: 'report' });
    if (report === null) throw new Error('a node answers a report by a report');
    return report;
  }

  async set(prefix: string, count: number, dueMs: number): Promise<void> {
    await this.ask({ ask: 'set', prefix, count, dueMs });
  }

  /** As a crash does: no handler runs, no socket is closed in peace. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Asks it to stop, as an orchestrator does, and answers its exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }

  async ended(): Promise<number | null> {
    return (await eventually(() => this.exit, `the node has ended; its log is ${this.logPath}`, ENDED_MS)).code;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  /** Safe when it was not frozen. */
  thaw(): void {
    this.child.kill('SIGCONT');
  }

  private ask(request: NodeRequest): Promise<NodeReport | null> {
    this.asks += 1;
    const id = this.asks;
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.child.send({ id, ...request });
    });
  }

  private hear(answer: NodeAnswer): void {
    if ('ready' in answer) {
      this.isReady = true;
      return;
    }
    const asked = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    if ('failure' in answer) asked?.reject(new Error(answer.failure));
    else asked?.resolve(answer.result);
  }
}
