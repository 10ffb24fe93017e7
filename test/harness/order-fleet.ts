/** Every process that a spec started, so that none outlives it: a worker left behind would own the lanes of the next spec. */
import { OrderProcess } from './order-process.js';

export class OrderFleet {
  private readonly processes: OrderProcess[] = [];

  async start(roles: 'api' | 'worker', successorOf?: OrderProcess): Promise<OrderProcess> {
    const options = successorOf === undefined ? { roles } : { roles, successorOf };
    const process = await OrderProcess.start(options);
    this.processes.push(process);
    return process;
  }

  /** Ends what still runs. Not a part of any proof, so nothing is asked politely. */
  async end(): Promise<void> {
    await Promise.all(this.processes.filter((process) => !process.hasEnded).map((process) => process.kill()));
  }
}
