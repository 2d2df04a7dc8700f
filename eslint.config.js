import tseslint from 'typescript-eslint'

const closedToShared = [
  { name: 'Date', message: 'Take the time from the Clock port.' },
  { name: 'Math', message: 'Take chance from the Random port.' },
]

export default tseslint.config(
  { ignores: ['dist/**', '.dist-of-*/**', '.tap/**', 'test/fixtures/**', 'examples/*/*.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // A branded type's guarded door names its brand once, in the result.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // A guard or a case leaves in one line with what is to be done: `return refuse(s, event)`.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // `async` makes what a function throws a rejection, also where it awaits nothing.
      '@typescript-eslint/require-await': 'off',
      // A member is left out of an object by naming it beside the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
    },
  },
  {
    // Shared code has no clock and no dice of its own: both are ports.
    files: ['lib/**/*.ts', 'nameserver/registry.ts', 'testing/checker/**/*.ts'],
    ignores: ['lib/system/**', 'lib/browser/**'],
    rules: {
      'no-restricted-globals': ['error', closedToShared[0]],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: closedToShared[1].message },
      ],
    },
  },
  {
    // Dates are values like any other there; what time it is, nobody asks.
    files: ['lib/values/**/*.ts', 'lib/client/coordination/{schedule,scheduler,ticks}.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A process has one copy of each class: of the modules, not of the pieces that users have.
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(\\.\\./)+(testing/)?index\\.js$', message: 'Import api.js.' }] },
      ],
      // tap's assertions and tests return promises that tap itself awaits.
      '@typescript-eslint/no-floating-promises': 'off',
      // Some tests throw what nobody should, to see it dealt with.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Some hand over what the types forbid, as it may come over the wire.
      '@typescript-eslint/no-unsafe-argument': 'off',
      // And some hand over a class that has nothing, or nothing but static members, to see it refused.
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
)
