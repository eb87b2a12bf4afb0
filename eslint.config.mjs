import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  // The extension is linted by `ray lint`, with Raycast's own rules.
  { ignores: ['**/dist/**', '**/node_modules/**', '.cache/**', '**/fixtures/**', 'raycast-extension/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      'no-empty': ['error', { allowEmptyCatch: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // The page and the tests in a browser: a project of their own, which knows the DOM.
    files: ['menubar-agent/ui/**/*.ts', 'menubar-agent/ui/**/*.tsx', 'tests/browser/**/*.ts'],
    languageOptions: { parserOptions: { project: './menubar-agent/ui/tsconfig.json', tsconfigRootDir: import.meta.dirname } },
  },
  {
    // Before the first paint, in the browser.
    files: ['menubar-agent/ui/public/*.js'],
    languageOptions: {
      globals: {
        document: 'readonly',
        localStorage: 'readonly',
        requestAnimationFrame: 'readonly',
        setTimeout: 'readonly',
        window: 'readonly',
        location: 'readonly',
        fetch: 'readonly',
        ErrorEvent: 'readonly',
      },
    },
  },
  {
    // Functions that are handed to the browser.
    files: ['tests/bench/ui/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'document',
          'performance',
          'MessageChannel',
          'MutationObserver',
          'PerformanceObserver',
          'getComputedStyle',
          'requestAnimationFrame',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    // A test may look at what it likes; product code may not.
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        module: 'readonly',
        setTimeout: 'readonly',
        setImmediate: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
      },
    },
  },
);
