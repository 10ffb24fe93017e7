/** One process that publishes to an exchange and consumes its queues: with the house's classes, or with amqplib alone. */
import { answerJobs } from '../programs/child-program.js';
import { bareFanOut } from './bare-fan-out.js';
import type { FanOutAnswer, FanOutJob } from './fan-out-job.js';
import { delayedFanOut, houseFanOut } from './house-fan-out.js';

const url = process.env['ORDO_AMQP_URL'] ?? '';

answerJobs<FanOutJob, FanOutAnswer>(async (job) => {
  if (job.kind === 'delayed') return delayedFanOut(url, job);
  const startedFanOut = job.kind === 'house' ? houseFanOut(url, job) : bareFanOut(url, job);
  const elapsedMs = await startedFanOut;
  return { perSec: (job.queues * job.events * 1_000) / elapsedMs, elapsedMs, latenessMs: [] };
});
