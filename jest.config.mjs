/**
 * Two projects: `pure` needs no server and ends in seconds; `servers` runs on real servers, one file at a time on
 * each stack, because a fault test that stops a broker must not do so under another test.
 */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^@ordo/migrations$': '<rootDir>/migrations/src/index.ts',
    '^@ordo/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.stack/', '<rootDir>/.cache/'],
};
const onServers = ['\\.db\\.spec\\.ts$', '\\.races\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$'];

export default {
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/longest-first.mjs',
  projects: [
    {
      ...shared,
      displayName: 'pure',
      testMatch: ['**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', ...onServers],
    },
    {
      ...shared,
      displayName: 'servers',
      testRegex: onServers,
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
      setupFiles: ['<rootDir>/test/stack-of-worker.mjs'],
    },
  ],
};
