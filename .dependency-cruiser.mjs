/**
 * Who may know whom (DESIGN.md §10). What a room may import is a list, not a habit: an import that is not in the list
 * of its room is refused, so a new direction is a decision that shows up in the diff of this file.
 */

/** lib → the other libs that it may know. Whoever is published for other teams knows kernel and contracts at most. */
const KNOWS = {
  kernel: [],
  contracts: ['kernel'],
  configuration: ['kernel', 'contracts'],
  platform: ['kernel', 'contracts', 'configuration'],
  sharding: ['kernel', 'contracts'],
  broadcast: ['kernel', 'contracts'],
  cache: ['kernel', 'contracts'],
  coordination: ['kernel', 'contracts', 'sharding'],
  outbox: ['kernel', 'contracts', 'sharding', 'coordination', 'broadcast'],
  timers: ['kernel', 'contracts', 'sharding', 'coordination'],
  'nest-timers': ['kernel', 'contracts', 'timers'],
  assembly: ['kernel', 'contracts', 'platform', 'sharding', 'coordination', 'outbox', 'broadcast', 'cache', 'timers'],
  testing: [
    'kernel',
    'contracts',
    'configuration',
    'sharding',
    'broadcast',
    'platform',
    'coordination',
    'outbox',
    'timers',
    'cache',
  ],
};

const SPEC = '\\.spec\\.ts$';
const PURE_CORE =
  '^apps/[^/]+/src/(business-types|lifecycle|amounts|refund|refund-amounts|waybill-life|expected-income|punctuality-rules|promise-lanes)/';

const libRules = Object.entries(KNOWS).map(([lib, known]) => ({
  name: `lib-${lib}-knows-only-${['itself', ...known].join('-')}`,
  severity: 'error',
  from: { path: `^libs/${lib}/`, pathNot: SPEC },
  to: { path: '^(libs|migrations)/', pathNot: `^libs/(${[lib, ...known].join('|')})/` },
}));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...libRules,
    {
      name: 'libs-never-import-apps',
      severity: 'error',
      from: { path: '^(libs|migrations)/' },
      to: { path: '^(apps|bench|test)/' },
    },
    {
      name: 'apps-never-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps|bench|test)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'migrations-know-kernel-contracts-sharding',
      severity: 'error',
      from: { path: '^migrations/', pathNot: SPEC },
      to: { path: '^libs/', pathNot: '^libs/(kernel|contracts|sharding)/' },
    },
    {
      name: 'a-lib-is-entered-by-its-index',
      severity: 'error',
      from: { path: '^(apps|bench|test|migrations)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: '^libs/[^/]+/src/index\\.ts$' },
    },
    {
      name: 'another-lib-is-entered-by-its-index',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/[^/]+/src/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/index\\.ts$'] },
    },
    {
      name: 'migrations-are-entered-by-their-index',
      severity: 'error',
      from: { pathNot: '^migrations/' },
      to: { path: '^migrations/src/', pathNot: '^migrations/src/index\\.ts$' },
    },
    {
      name: 'the-pure-core-knows-kernel-and-contracts',
      comment: 'State table, rules and money: no Nest, no SQL, no clock, no file system.',
      severity: 'error',
      from: { path: PURE_CORE, pathNot: SPEC },
      to: { pathNot: ['^libs/(kernel|contracts)/src/index\\.ts$', PURE_CORE] },
    },
    {
      name: 'the-operator-loads-no-framework',
      comment: 'Its commands are called often and are over in a third of a second; Nest alone takes longer to load.',
      severity: 'error',
      from: { path: '^apps/operator/src/main\\.ts$' },
      to: { path: '^node_modules/(@nestjs|fastify)/', reachable: true },
    },
    {
      name: 'production-code-knows-no-test',
      severity: 'error',
      from: { path: '^(libs|apps|migrations)/', pathNot: [SPEC, '^libs/testing/'] },
      to: { path: [SPEC, '^libs/testing/', '^test/'] },
    },
    {
      name: 'production-code-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(libs|apps|migrations)/', pathNot: [SPEC, '^libs/testing/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};
