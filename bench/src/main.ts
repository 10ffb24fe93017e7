/** `npm run bench -- NAME`: one figure beside its floor, as a table and as bench/results/NAME.json. */
import { Bench } from './bench-run.js';
import { benchCreate } from './create.bench.js';
import { type Figure, report } from './reporting/result-file.js';
import { benchTimers } from './timers.bench.js';

const benches: Readonly<Record<string, (bench: Bench) => Promise<Figure>>> = {
  create: benchCreate,
  timers: benchTimers,
};

const name = process.argv[2] ?? '';
const run = benches[name];
if (run === undefined) {
  console.error(`npm run bench -- ${Object.keys(benches).join('|')}`);
  process.exitCode = 2;
} else {
  const bench = await Bench.open();
  try {
    report(await run(bench), await bench.tables.serverVersion());
  } finally {
    await bench.close();
  }
}
