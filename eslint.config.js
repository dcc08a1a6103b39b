// Typed lint rules that catch bugs: forgotten promises, untyped values, missing cases, clocks and printing where they do not belong. Layout is not their concern.
import tseslint from 'typescript-eslint';

/** What makes numbers depend on the moment. */
const MOMENT = [
  {
    object: 'Math',
    property: 'random',
    message: 'Take a RandomSequence of src/base/random.ts: a number is a function of seed, stream, step and index.',
  },
  { object: 'Date', property: 'now', message: 'Take the clock of src/base/clock.ts, at the edges only.' },
];
const TIMER = {
  object: 'performance',
  property: 'now',
  message: 'Only progress and manifests need the time: take the clock of src/base/clock.ts at the edge.',
};
const PRINTING = ['stdout', 'stderr', 'exit'].map((property) => ({
  object: 'process',
  property,
  message: 'Only src/cli prints and exits: return a value or throw a TracelabError.',
}));
/**
 * Where numbers reach weights, completions or data. Statistics (src/base/{statistics,probability,correlation}.ts,
 * src/analysis) are not among them: they may use Math.exp and the like. assembly/ is not linted: its logarithm and
 * exponential (assembly/simd.ts) are its own, compiled to WebAssembly, whose arithmetic is exact by its standard.
 */
const NUMERIC_PATHS = [
  ...['model', 'training', 'rl', 'core', 'domain', 'data'].map((folder) => `src/${folder}/**/*.ts`),
  'src/base/random.ts',
  'src/base/portable-math.ts',
];
const PORTABLE = 'ECMAScript leaves its bits to the engine: take or add a function of src/base/portable-math.ts.';
/** All functions of Math that are not exact by the standard, as Math.sqrt, floor, fround or imul are. */
const INEXACT = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
].map((property) => ({ object: 'Math', property, message: PORTABLE }));
const WHOLE = 'raw=/^[0-9_]+$/';
/** `2 ** 32` is read at a glance and exact; every other power is the engine's. */
const INEXACT_POWER = [
  {
    selector: `BinaryExpression[operator='**']:not([left.${WHOLE}][right.${WHOLE}])`,
    message: PORTABLE,
  },
  { selector: "AssignmentExpression[operator='**=']", message: PORTABLE },
];
const CLOCK = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: 'Take the clock of src/base/clock.ts, at the edges only.',
};

const ANY_SEED = { name: 'fast-check', message: 'Take tests/seeded.ts, whose seed is always the same.' };

export default tseslint.config(
  { ignores: ['assembly/', 'build/', 'dist/', 'runs/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
      'no-implied-eval': 'off', // the typed rule of the same name is on
      'no-new-func': 'error',
      'no-restricted-properties': ['error', ...MOMENT],
      'no-restricted-syntax': ['error', CLOCK],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // An arrow that hands a promise on is plain; a named function that throws before its promise exists would surprise.
      '@typescript-eslint/promise-function-async': ['error', { checkArrowFunctions: false }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Matters of taste: they name no bug.
      '@typescript-eslint/no-unnecessary-template-expression': 'off',
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      '@typescript-eslint/no-unnecessary-type-conversion': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['**/*.d.ts'], rules: { '@typescript-eslint/no-extraneous-class': 'off' } },
  { files: ['src/**/*.ts'], rules: { 'no-restricted-properties': ['error', ...MOMENT, TIMER, ...PRINTING] } },
  {
    files: ['src/training/**/*.ts', 'src/rl/**/*.ts', 'src/evaluation/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...MOMENT, ...PRINTING] },
  },
  {
    files: NUMERIC_PATHS,
    rules: {
      'no-restricted-properties': ['error', ...MOMENT, TIMER, ...PRINTING, ...INEXACT],
      'no-restricted-syntax': ['error', CLOCK, ...INEXACT_POWER],
    },
  },
  {
    files: ['src/training/**/*.ts', 'src/rl/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...MOMENT, ...PRINTING, ...INEXACT] },
  },
  {
    files: ['src/cli/**/*.ts', 'src/base/clock.ts'],
    rules: { 'no-restricted-properties': ['error', ...MOMENT], 'no-restricted-syntax': 'off' },
  },
  {
    files: ['tests/**/*.ts'],
    ignores: ['tests/seeded.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [ANY_SEED] }] },
  },
  { files: ['bench/*.ts'], rules: { 'no-restricted-properties': ['error', ...MOMENT, ...PRINTING] } },
  { files: ['scripts/**/*.ts', 'bench/peers/**/*.ts'], rules: { 'no-console': 'off' } },
);
