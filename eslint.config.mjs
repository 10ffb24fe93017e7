/**
 * Lint: the recommended sets, the limits of the house (STYLE.md "Size"), and the rules about promises, which are the
 * ones that have cost real orders elsewhere. Every rule that is off names its reason. Layout is biome's business.
 */
import tseslint from 'typescript-eslint';

/** Blank lines and comments count: the limit is about what a reader scrolls through. */
const fileOf = (max) => ['error', { max, skipBlankLines: false, skipComments: false }];
const functionOf = (max) => ['error', { max, skipBlankLines: false, skipComments: false }];

const limits = {
  'max-lines': fileOf(350),
  'max-lines-per-function': functionOf(70),
  'max-depth': ['error', 3],
};

const everywhere = {
  ...limits,
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-console': 'off', // scripts and the operator speak through it; services log through @ordo/platform (see below)
};

const typed = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unsafe-argument': 'error',
  '@typescript-eslint/no-unsafe-return': 'error',
  '@typescript-eslint/no-unsafe-call': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/consistent-type-imports': 'off', // decorator metadata needs the classes of constructors as values
  '@typescript-eslint/no-extraneous-class': 'off', // Nest modules are classes without members
  '@typescript-eslint/no-unsafe-member-access': 'off', // rows and JSON are checked where they enter, not at each member
  '@typescript-eslint/no-unsafe-assignment': 'off', // the same; arguments, calls and returns stay guarded
  '@typescript-eslint/require-await': 'off', // a port may be asynchronous where this implementation is not
  '@typescript-eslint/unbound-method': 'off', // Nest's decorators and jest's matchers take methods by reference
  '@typescript-eslint/restrict-template-expressions': 'off', // numbers and bigints in SQL and messages are meant
  '@typescript-eslint/no-redundant-type-constituents': 'off', // fires on literal unions kept open on purpose
  '@typescript-eslint/prefer-promise-reject-errors': 'off', // tests hand broken values to reject() on purpose
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: 'no enums: use a const object (STYLE.md "Names")' },
  ],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.stack/', '.cache/', 'coverage/', 'docs/'] },
  { linterOptions: { noInlineConfig: true } }, // an exception is argued here, in the open, or not made
  {
    files: ['**/*.mjs', '**/*.cjs'],
    rules: { ...everywhere, 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }] },
  },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: { ...everywhere, ...typed },
  },
  {
    files: [
      ...['libs/*/src/**/*.ts', 'apps/order/src/**/*.ts'],
      ...['apps/aftersale/src/**/*.ts', 'apps/delivery/src/**/*.ts'],
    ],
    rules: { 'no-console': 'error' }, // personal data and trace ids are handled by the logger only
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      'max-lines': fileOf(500),
      'no-console': 'off', // a spec of faults prints its counts
      'max-lines-per-function': 'off', // a describe is a list of cases, not a function; house.mjs limits each case
      '@typescript-eslint/no-unsafe-argument': 'off', // answers over HTTP are any until the assertion names them
      '@typescript-eslint/no-unsafe-call': 'off', // the same
      '@typescript-eslint/no-unsafe-return': 'off', // the same
      '@typescript-eslint/no-floating-promises': 'error', // a forgotten await is a test that cannot fail
    },
  },
);
