/** A reader of Server-Sent Events as a merchant's client is one: it keeps what came, with the moment at which it came. */
import { type IncomingMessage, request } from 'node:http';
import { eventually } from '@ordo/testing';

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly atMs: number;
}

const OPEN_MS = 10_000;

export class EventStream {
  readonly events: ServerEvent[] = [];
  hasEnded = false;
  private text = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.read(chunk));
    response.on('close', () => {
      this.hasEnded = true;
    });
    response.on('error', () => undefined);
  }

  static open(url: string, token: string, lastEventId?: string): Promise<EventStream> {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers, timeout: OPEN_MS }, (response) => {
        if (response.statusCode === 200) resolve(new EventStream(response));
        else reject(new Error(`the stream was refused with ${response.statusCode}`));
      });
      asked.once('error', reject);
      asked.end();
    });
  }

  get lastId(): string {
    return this.events.at(-1)?.id ?? '';
  }

  /** Orders as they came: `<orderId>-<version>`. */
  get orders(): readonly string[] {
    return this.events
      .filter(({ event }) => event === 'order')
      .map(({ data }) => `${data['orderId']}-${data['version']}`);
  }

  /** The event of this order in this version or a later one. */
  order(orderId: unknown, version: number, withinMs = 10_000): Promise<ServerEvent> {
    const find = (): ServerEvent | undefined =>
      this.events.find(({ data }) => data['orderId'] === orderId && Number(data['version']) >= version);
    return eventually(find, `order ${String(orderId)} comes over the stream`, withinMs);
  }

  ready(): Promise<ServerEvent> {
    return eventually(() => this.events.find(({ event }) => event === 'ready'), 'the stream is ready');
  }

  close(): void {
    this.response.destroy();
  }

  private read(chunk: string): void {
    const parts = (this.text + chunk).split('\n\n');
    this.text = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
      if (id === undefined || event === undefined || data === undefined) continue;
      this.events.push({ id, event, data: JSON.parse(data) as ServerEvent['data'], atMs: Date.now() });
    }
  }
}
