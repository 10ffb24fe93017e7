/** A simulator as a process of its own: started, steered under /control, and ended by whoever started it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { repositoryRoot } from './repository-root.js';

export class SimulatedProgram {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** `file` below test/simulators; it prints one line when it listens. Port 0 unless the environment says another. */
  static async start(file: string, environment: Readonly<Record<string, string>>): Promise<SimulatedProgram> {
    const child = spawn(process.execPath, [join(repositoryRoot(), 'test/simulators', file)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '', PORT: '0', ...environment },
    });
    // A spec that is killed leaves no simulator behind.
    process.once('exit', () => child.kill('SIGKILL'));
    for await (const line of createInterface(child.stdout)) {
      const port = /^listening (\d+)$/.exec(line)?.[1];
      if (port !== undefined) return new SimulatedProgram(child, `http://127.0.0.1:${port}`);
    }
    throw new Error(`${file} ended before it listened`);
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`the simulator refused ${method} ${path}: ${response.status}`);
    return response.json();
  }

  /** Resolves when it is gone; at once for one that is gone already. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await ended;
  }
}
