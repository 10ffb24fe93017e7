/**
 * npm run check: format, types, lint, dependency directions and the rules of the house, two at a time because a
 * developer's machine and CI have at least two cores and each of these uses one.
 */
import { existsSync } from 'node:fs';
import { ensureInstalled } from './run/install.mjs';
import { runProgram, secondsSince, tool } from './run/program.mjs';
import { reportProof } from './run/proof.mjs';

/** Git keeps no empty folder, so a room that nobody has moved into yet does not exist in a clone. */
const ROOMS = ['apps', 'libs', 'migrations', 'bench', 'test'].filter((room) => existsSync(room));

/** The longest first, so that the last one to end is not a long one that started late. */
const CHECKS = [
  { name: 'lint', program: tool('eslint'), args: ['.', '--max-warnings', '0'] },
  { name: 'types', program: tool('tsc'), args: ['-p', 'tsconfig.json', '--pretty', 'false'] },
  { name: 'directions', program: tool('depcruise'), args: ['--config', '.dependency-cruiser.mjs', ...ROOMS] },
  {
    name: 'format',
    program: tool('biome'),
    args: ['check', '--max-diagnostics', '40', '.'],
    cure: 'node_modules/.bin/biome check --write .',
  },
  { name: 'house', program: process.execPath, args: ['scripts/check/house.mjs'] },
];
const AT_ONCE = 2;

const beganAt = performance.now();
console.log(`install: ${await ensureInstalled()}`);
const queue = [...CHECKS];
let failed = 0;
const failures = [];
await Promise.all(Array.from({ length: AT_ONCE }, worker));

reportProof('check', CHECKS.length - failed, failed, failures);
console.log(`check: ${CHECKS.length - failed} passed, ${failed} failed in ${secondsSince(beganAt)}`);
process.exitCode = failed === 0 ? 0 : 1;

async function worker() {
  for (let check = queue.shift(); check; check = queue.shift()) await run(check);
}

async function run({ name, program, args, cure }) {
  const startedAt = performance.now();
  const { code, output } = await runProgram(program, args, { show: false });
  if (code !== 0) {
    failed += 1;
    failures.push(`${name}: ${output.trim().slice(-1_000)}`);
    console.error(output.trimEnd());
    if (cure) console.error(`to cure: ${cure}`);
  }
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(12)} ${secondsSince(startedAt)}`);
}
