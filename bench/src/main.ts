/** `npm run bench -- NAME`: one figure beside its floor, as a table and as bench/results/NAME.json. */
import { benchAftersale } from './aftersale.bench.js';
import { Bench } from './bench-run.js';
import { benchBroadcast } from './broadcast.bench.js';
import { benchCache } from './cache.bench.js';
import { benchCreate } from './create.bench.js';
import { benchFeed } from './feed.bench.js';
import { benchLists } from './lists.bench.js';
import { benchPromise } from './promise.bench.js';
import { benchRead } from './read.bench.js';
import { benchRelay } from './relay.bench.js';
import { type Figure, report } from './reporting/result-file.js';
import { benchTimers } from './timers.bench.js';
import { benchTransition } from './transition.bench.js';

const benches: Readonly<Record<string, (bench: Bench) => Promise<Figure>>> = {
  create: benchCreate,
  transition: benchTransition,
  read: benchRead,
  feed: benchFeed,
  lists: benchLists,
  cache: benchCache,
  relay: benchRelay,
  promise: benchPromise,
  aftersale: benchAftersale,
  timers: benchTimers,
  broadcast: benchBroadcast,
};

const name = process.argv[2] ?? '';
const run = benches[name];
if (run === undefined) {
  console.error(`npm run bench -- ${Object.keys(benches).join('|')}`);
  process.exitCode = 2;
} else {
  const bench = await Bench.open();
  // The app's processes are children of this one, but not of its terminal: interrupted, it still takes them along.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void bench.close().finally(() => process.exit(130)));
  try {
    report(await run(bench), await bench.tables.serverVersion());
  } finally {
    await bench.close();
  }
}
