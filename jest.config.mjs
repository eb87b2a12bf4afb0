/** One jest project per package; `tests/` crosses packages and runs real engines. */
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  // Relative imports carry `.js` as Node wants it; the source beside them is TypeScript.
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@mlx-manager/shared$': '<rootDir>/shared/src/index.ts',
  },
  transform: {
    '^.+\\.py$': '<rootDir>/tests/support/text-transform.mjs',
    '^.+\\.tsx?$': ['ts-jest', { useESM: true, diagnostics: false, tsconfig: '<rootDir>/tsconfig.json' }],
  },
  setupFilesAfterEnv: ['<rootDir>/tests/support/setup.ts'],
  // The extension's manifest has the agent's name, as it should.
  modulePathIgnorePatterns: ['<rootDir>/.cache/', '<rootDir>/raycast-extension/package\\.json'],
};
const project = (displayName, folder) => ({
  ...common,
  displayName,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/${folder}/**/*.test.ts`],
});

export default {
  projects: [
    project('shared', 'shared/src'),
    project('agent', 'menubar-agent/src'),
    { ...project('tests', 'tests'), testPathIgnorePatterns: ['/node_modules/', '<rootDir>/tests/raycast/', '<rootDir>/tests/browser/'] },
    // The page's pure helpers; then the page itself, built, in a Chromium.
    project('ui', 'menubar-agent/ui/src'),
    project('browser', 'tests/browser'),
    // The built extension in a host of its own: built once before the first test, its actions accounted for after the last.
    {
      ...project('raycast', 'tests/raycast'),
      globalSetup: '<rootDir>/tests/raycast/host/global-setup.mjs',
      globalTeardown: '<rootDir>/tests/raycast/host/global-teardown.mjs',
    },
  ],
  maxWorkers: 2,
  collectCoverageFrom: [
    'shared/src/**/*.ts',
    'menubar-agent/src/**/*.ts',
    'menubar-agent/ui/src/lib/**/*.ts',
    '!**/*.test.ts',
    '!**/index.ts',
  ],
  coverageReporters: ['text-summary', 'json-summary'],
  coverageDirectory: '.cache/coverage',
};
