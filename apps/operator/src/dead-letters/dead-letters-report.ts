/** What the operator reads of dead letters. The event's data are not printed: `order show` tells about the order. */
import type { DeadLetter, QueueBacklog, RedriveCounts } from '@ordo/broadcast';

const COUNT_WIDTH = 9;
const NAME_WIDTH = 44;

export function backlogLines(backlogs: readonly QueueBacklog[]): string[] {
  const head = `${'queue'.padEnd(NAME_WIDTH)}${['waiting', 'dead', 'consumers'].map(right).join('')}  owner`;
  return [
    head,
    ...backlogs.map(({ queue, owner, messages, deadLetters, consumers }) => {
      if (messages === undefined) return `${queue.padEnd(NAME_WIDTH)}  is not on the broker (topology apply)  ${owner}`;
      const alone = consumers === 0 && messages > 0 ? '  nobody consumes it' : '';
      const counts = [messages, deadLetters ?? '-', consumers ?? '-'].map(right).join('');
      return `${queue.padEnd(NAME_WIDTH)}${counts}  ${owner}${alone}`;
    }),
  ];
}

const right = (value: string | number): string => String(value).padStart(COUNT_WIDTH + 1);

export function letterLines(letters: readonly DeadLetter[]): string[] {
  if (letters.length === 0) return ['no dead letters'];
  return letters.flatMap((letter) => {
    const { messageId, routingKey, attempts, family, code, message, failedAt, event } = letter;
    const what = event === undefined ? 'no readable event' : `${event.type} of order ${event.subject}`;
    const tried = attempts === 0 ? 'given up by the broker' : `after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
    return [
      `${messageId || '(no id)'}  ${what}, ${routingKey}, ${tried}${failedAt === undefined ? '' : ` at ${failedAt}`}`,
      `    ${family} ${code}${message === '' ? '' : `: ${message}`}`,
    ];
  });
}

export function redriveLine(queue: string, { redriven, left, stopped }: RedriveCounts): string {
  const why = stopped === undefined ? '' : `; stopped: ${stopped}`;
  return `${redriven} went back to ${queue}, ${left} were not meant and stay${why}`;
}
