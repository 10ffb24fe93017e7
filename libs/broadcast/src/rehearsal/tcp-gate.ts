import { connect, createServer, type Server, type Socket } from 'node:net';

/** One direction or both: what goes to the broker, what comes from it. */
export type GateDirection = 'upstream' | 'downstream' | 'both';

/**
 * A TCP relay before a broker, to rehearse what networks do: cut connections, fall silent without closing (half-open), refuse
 * new ones. For specs; it runs in the process of the test.
 */
export class TcpGate {
  private readonly pairs = new Set<{ client: Socket; broker: Socket }>();
  private readonly silent = { upstream: false, downstream: false };
  private refusing = false;
  private upstreamBudget = Number.POSITIVE_INFINITY;

  private constructor(
    private readonly server: Server,
    /** The URL of the broker, by way of the gate. */
    readonly url: string,
  ) {}

  static async before(brokerUrl: string): Promise<TcpGate> {
    const target = new URL(brokerUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const viaGate = new URL(brokerUrl);
    viaGate.host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    const gate = new TcpGate(server, viaGate.toString());
    server.on('connection', (client) => gate.join(client, connect(Number(target.port), target.hostname)));
    return gate;
  }

  get connections(): number {
    return this.pairs.size;
  }

  /** Bytes go nowhere from now on, and nobody is told: the peer seems alive. */
  silence(direction: GateDirection): void {
    if (direction !== 'downstream') this.silent.upstream = true;
    if (direction !== 'upstream') this.silent.downstream = true;
  }

  /** Connections of before stay as dead as they were; new ones are relayed. */
  heal(): void {
    this.cut();
    this.silent.upstream = false;
    this.silent.downstream = false;
    this.refusing = false;
    this.upstreamBudget = Number.POSITIVE_INFINITY;
  }

  cut(): void {
    for (const { client, broker } of this.pairs) {
      client.destroy();
      broker.destroy();
    }
  }

  /** Cuts once so many more bytes went to the broker. */
  cutAfter(bytes: number): void {
    this.upstreamBudget = bytes;
  }

  refuseNewConnections(): void {
    this.refusing = true;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, broker: Socket): void {
    if (this.refusing) {
      client.destroy();
      broker.destroy();
      return;
    }
    const pair = { client, broker };
    this.pairs.add(pair);
    client.on('data', (bytes) => this.relayUpstream(broker, bytes));
    broker.on('data', (bytes) => {
      if (!this.silent.downstream) client.write(bytes);
    });
    for (const socket of [client, broker]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.pairs.delete(pair);
        client.destroy();
        broker.destroy();
      });
    }
  }

  private relayUpstream(broker: Socket, bytes: Buffer): void {
    if (this.silent.upstream) return;
    this.upstreamBudget -= bytes.length;
    if (this.upstreamBudget < 0) this.cut();
    else broker.write(bytes);
  }
}
