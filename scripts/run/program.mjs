/**
 * Runs programs for the scripts: inherited or captured output, and the time that each step took.
 */
import { spawn } from 'node:child_process';
import { ROOT } from '../stack/profile.mjs';

/**
 * Resolves with { code, output }; never rejects for a non-zero exit. `show` passes the output through as it comes:
 * true all of it, 'errors' only what is written to stderr (jest reports there and prints its JSON to stdout).
 */
export function runProgram(program, args, { env = process.env, show = true } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = show === true ? 'inherit' : ['ignore', 'pipe', show ? 'inherit' : 'pipe'];
    const child = spawn(program, args, { cwd: ROOT, env, stdio });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), output }));
  });
}

/** The same, but a non-zero exit is an error that carries what was printed. */
export async function mustRun(program, args, options = {}) {
  const { code, output } = await runProgram(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with exit code ${code}\n${output}`.trimEnd());
  return output;
}

/** The path of a tool that npm installed. */
export function tool(name) {
  return `${ROOT}/node_modules/.bin/${name}`;
}

export function secondsSince(beganAt) {
  return `${((performance.now() - beganAt) / 1000).toFixed(1)} s`;
}

/** Runs one named step and prints what it did and how long it took; `work` may return a remark. */
export async function step(name, work) {
  const beganAt = performance.now();
  const remark = await work();
  console.log(`${name.padEnd(10)} ${secondsSince(beganAt).padStart(8)}  ${remark ?? ''}`.trimEnd());
}

/** Runs a whole script: what it throws becomes one line for people, exit code 1, and what is returned. */
export async function orExit(name, work) {
  try {
    await work();
    return [];
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    process.exitCode = 1;
    return [error.message];
  }
}
