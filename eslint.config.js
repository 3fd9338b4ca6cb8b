import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'

// neostandard is how the code looks; the rules below are what types can prove about it.
export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'src/db/schema.ts'] },
  neostandard({ ts: true, noJsx: true }),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      // tap's `t.test` answers a promise that tap itself waits for.
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }] }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/no-unnecessary-type-arguments': 'error',
      '@typescript-eslint/no-useless-constructor': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/strict-boolean-expressions': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'error',
      // The compiler's noImplicitReturns knows exhaustive switches; this rule does not.
      'array-callback-return': 'off',
      'no-console': 'error',
      'no-void': ['error', { allowAsStatement: true }],
      '@stylistic/object-property-newline': 'off'
    }
  },
  {
    // What people run by hand speaks to them.
    files: ['src/cli.ts', 'src/main.ts', 'src/demo/**', 'test/support/run-tests.ts', 'test/support/sabotage.ts', 'test/support/soak.ts'],
    rules: { 'no-console': 'off' }
  },
  {
    files: ['test/**'],
    // An async test needs no `t.end()`, whether or not it awaits something.
    rules: {
      '@typescript-eslint/require-await': 'off',
      // An answer's JSON is looked at as it came: what is missing or wrong in it fails the test.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-array-sort-compare': 'off'
    }
  }
)
