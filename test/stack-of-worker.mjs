/**
 * Which servers this worker of jest has: each stops, freezes and empties its own and nobody else's. `ORDO_STACKS` is what scripts/test.mjs
 * brought up, an environment for each worker; without it (one stack, or jest by hand) the environment is as it is.
 */
const stacks = JSON.parse(process.env['ORDO_STACKS'] ?? '[]');
Object.assign(process.env, stacks[Number(process.env['JEST_WORKER_ID'] ?? '1') - 1] ?? {});
