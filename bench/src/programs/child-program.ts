/**
 * A part of a bench that runs as a process of its own, so that its CPU is its own: the floor, the load, the consumer. One job at a time,
 * over Node's IPC channel; a job that throws rejects the caller's promise.
 */
import { type ChildProcess, fork } from 'node:child_process';

type Answer<Result> = { readonly result: Result } | { readonly failure: string };

export class ChildProgram<Job, Result> {
  private constructor(private readonly child: ChildProcess) {}

  /** `entry` is the URL of a module that calls {@link answerJobs}. */
  static start<Job, Result>(entry: URL, execArgv: readonly string[] = []): ChildProgram<Job, Result> {
    return new ChildProgram(fork(entry, { execArgv: [...execArgv], serialization: 'advanced' }));
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  ask(job: Job): Promise<Result> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`a program of the bench ended with code ${code}`));
      this.child.once('exit', onExit);
      this.child.once('message', (answer: Answer<Result>) => {
        this.child.off('exit', onExit);
        if ('failure' in answer) reject(new Error(answer.failure));
        else resolve(answer.result);
      });
      this.child.send(job as object);
    });
  }

  stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.disconnect();
    });
  }
}

/** The other side: answers every job with what `work` gives, and ends when the parent lets go. */
export function answerJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', (job: Job) => {
    work(job).then(
      (result) => process.send?.({ result }),
      (error: unknown) =>
        process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}
