/** A merchant's client of the feed stream, as a shop's till would be one: it reads events and remembers where it stands. */
export interface FeedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Epoch ms. */
  readonly atMs: number;
}

const LOOK_EVERY_MS = 2;

export class FeedReader {
  readonly events: FeedEvent[] = [];
  private readonly leaving = new AbortController();

  /** Follows `url` from `lastEventId` on, or from now. Throws when the stream is refused. */
  static async open(url: string, token: string, lastEventId?: string): Promise<FeedReader> {
    const reader = new FeedReader();
    const response = await fetch(url, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: reader.leaving.signal,
    });
    if (!response.ok || response.body === null) throw new Error(`the stream was refused with ${response.status}`);
    // Ends with the connection, by whichever side.
    void reader.read(response.body).catch(() => undefined);
    return reader;
  }

  get lastId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** The first event that `fits`; undefined when none has come within `waitMs`. */
  async next(fits: (event: FeedEvent) => boolean, waitMs: number): Promise<FeedEvent | undefined> {
    const untilMs = performance.now() + waitMs;
    for (;;) {
      const found = this.events.find(fits);
      if (found !== undefined || performance.now() > untilMs) return found;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  close(): void {
    this.leaving.abort();
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      const parts = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) this.keep(part);
    }
  }

  private keep(part: string): void {
    const fields = new Map(
      part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const),
    );
    const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
    if (id === undefined || event === undefined || data === undefined) return;
    this.events.push({ id, event, data: JSON.parse(data) as FeedEvent['data'], atMs: Date.now() });
  }
}
