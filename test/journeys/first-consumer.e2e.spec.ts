/**
 * What the documents promise a consumer's team, done as it would do it: the packages as they are packed, in a folder of their own, and the
 * code of the documents as it stands there. Every block that names a file is written to that file and run.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { assembleTopology, BroadcastPublisher, cloudEventBody, loadTopology, withdrawQueues } from '@ordo/broadcast';
import { NodePools } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { ROOT } from '../harness/process-log.js';

const run = promisify(execFile);
const PACKAGES = ['kernel', 'contracts', 'broadcast'] as const;
const PACK_MS = 180_000;
const HOME = join(ROOT, '.cache/first-consumer');
const MAX_LINES = 20;

describe('a team that consumes', () => {
  const { amqpUrl, mysqlNodes } = testStack();
  const loyalty = `spec_loyalty_${randomUUID().slice(0, 8)}`;
  const started: ChildProcess[] = [];
  let pools: NodePools;

  beforeAll(async () => {
    pools = new NodePools([...mysqlNodes]);
    await run(process.execPath, [join(ROOT, 'scripts/package.mjs')], { cwd: ROOT });
    rmSync(HOME, { recursive: true, force: true });
    for (const name of PACKAGES) await unpack(name);
    for (const document of ['README.md', 'docs/consumers.md']) writeFiles(document);
  }, PACK_MS);

  afterAll(async () => {
    for (const child of started) child.kill('SIGKILL');
    await pools.at(0).query(`DROP DATABASE IF EXISTS ${loyalty}`);
    await pools.close();
  });

  function start(file: string, environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [file], {
      cwd: HOME,
      env: { ...process.env, NODE_OPTIONS: '', ORDO_AMQP_URL: amqpUrl, ...environment },
    });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { child, output: () => output, ended };
  }

  async function publishPaid(orderId: string): Promise<void> {
    const publisher = new BroadcastPublisher({ url: amqpUrl });
    await publisher.connect();
    const type = 'ordo.order.paid.v1';
    const body = cloudEventBody({
      ...{ source: '/spec', type, orderId, version: 2, userId: '7', merchantId: '9', bizType: 'takeout', role: 1 },
      ...{ occurredAtMs: Date.now(), sentAtMs: Date.now() },
      data: { status: 'PAID', previousStatus: 'CREATED', paymentId: 'pay-1', paidAmount: 3_650, currency: 'CNY' },
    });
    const event = { exchange: 'ordo.order', routingKey: 'takeout.paid', messageId: `${orderId}-2`, type, body };
    expect(await publisher.publishWindow([event])).toEqual(['confirmed']);
    await publisher.close();
  }

  it('finds its packages whole: every import of theirs is among their dependencies, and the types are there', () => {
    for (const name of PACKAGES) {
      const home = join(HOME, 'node_modules/@ordo', name);
      const { dependencies = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      const files = readdirSync(join(home, 'dist'), { recursive: true, encoding: 'utf8' });
      const imported = new Set(
        files
          .filter((file) => file.endsWith('.js') || file.endsWith('.d.ts'))
          .flatMap((file) => packagesIn(readFileSync(join(home, 'dist', file), 'utf8'))),
      );
      expect([...imported].filter((each) => dependencies[each] === undefined)).toEqual([]);
      expect(files).toContain('index.d.ts');
      expect(files.filter((file) => file.includes('.spec.'))).toEqual([]);
    }
  });

  it(`has its first consumer in ${MAX_LINES} lines of the README, and it hears of an order`, async () => {
    const lines = readFileSync(join(HOME, 'first-consumer.mjs'), 'utf8').trim().split('\n');
    expect(lines.length).toBeLessThanOrEqual(MAX_LINES);
    const consumer = start('first-consumer.mjs');
    await eventually(() => consumer.output().includes('listening'), 'it listens', 15_000);
    await publishPaid('4711');
    await eventually(() => consumer.output().includes('order 4711 was paid: 3650 CNY'), 'it hears of the order');
    consumer.child.kill('SIGTERM');
    expect(await consumer.ended).toBe(0);
    const hello = { name: 'ordo.order.hello.paid', owner: 'hello', overflow: 'drop-head' as const };
    const queues = [{ ...hello, bindings: [{ bizType: 'takeout', events: ['paid'] }] }];
    await withdrawQueues(amqpUrl, assembleTopology([{ exchange: 'ordo.order', queues }]));
  });

  it('has a handler that its own test proves without a broker', async () => {
    const { stdout } = await run(process.execPath, ['--test', 'handler.test.mjs'], {
      cwd: HOME,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(stdout).toMatch(/# pass 2\b/);
    expect(stdout).toMatch(/# fail 0\b/);
  });

  it('has that handler behind a queue of the registry, with its effect in its own database, once', async () => {
    await pools.at(0).query(`CREATE DATABASE ${loyalty}`);
    await pools.at(0).query(`CREATE TABLE ${loyalty}.inbox LIKE ordo_node.inbox`);
    await pools.at(0).query(`CREATE TABLE ${loyalty}.points (order_id VARCHAR(20) NOT NULL, points INT NOT NULL)`);
    const folder = join(HOME, 'topology');
    mkdirSync(folder, { recursive: true });
    const entry = blocksOf('docs/consumers.md').find(({ language }) => language === 'yaml');
    writeFileSync(join(folder, 'ordo.order.yaml'), `exchange: ordo.order\nqueues:\n${entry?.text ?? ''}`);
    rewrite('consumer.mjs', 'loyalty.inbox', `${loyalty}.inbox`);
    const consumer = start('consumer.mjs', { TOPOLOGY: folder, LOYALTY_MYSQL_URL: `${mysqlNodes[0]}/${loyalty}` });
    await eventually(() => consumer.output().includes('listening'), `it listens: ${consumer.output()}`, 15_000);
    await publishPaid('4712');
    await publishPaid('4712');
    const points = () => pools.at(0).query<unknown[]>(`SELECT order_id, points FROM ${loyalty}.points`);
    await eventually(async () => (await points()).length > 0, 'the points are booked');
    consumer.child.kill('SIGTERM');
    expect(await consumer.ended).toBe(0);
    expect(await points()).toEqual([{ order_id: '4712', points: 36 }]);
    await withdrawQueues(amqpUrl, loadTopology(folder));
  });
});

async function unpack(name: string): Promise<void> {
  const home = join(HOME, 'node_modules/@ordo', name);
  mkdirSync(home, { recursive: true });
  const folder = join(ROOT, '.cache/packages');
  const tarball = readdirSync(folder).find((file) => file.startsWith(`ordo-${name}-`) && file.endsWith('.tgz'));
  await run('tar', ['-xzf', join(folder, tarball ?? ''), '-C', home, '--strip-components=1']);
}

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    text: code,
  }));
}

function writeFiles(document: string): void {
  for (const { text } of blocksOf(document)) {
    const file = /^\/\/ file: (\S+)\n/.exec(text)?.[1];
    if (file !== undefined) writeFileSync(join(HOME, file), text);
  }
}

function rewrite(file: string, from: string, to: string): void {
  const path = join(HOME, file);
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

/** Names of packages that a module imports; Node's own are none. */
function packagesIn(code: string): string[] {
  const specifiers = [...code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'".][^'"]*)['"]/g)].map(
    ([, specifier = '']) => specifier,
  );
  return specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}
