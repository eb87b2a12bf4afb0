/** The house: imports go down this list of rooms, never up (see CONTRIBUTING.md). */
const rooms = [
  'cli',
  'agent',
  'api',
  'chats',
  'gateway',
  'pool',
  'servers',
  'profiles',
  'models',
  'downloads',
  'engines',
  'hub',
  'system',
  'store',
  'http',
  'core',
];
const pathOf = (room) => (room === 'cli' || room === 'agent' ? `^menubar-agent/src/${room}(\\.ts$|/)` : `^menubar-agent/src/${room}/`);
// Tests may use the stand-ins of tests/support.
const notTest = '\\.test\\.ts$';

module.exports = {
  forbidden: [
    ...rooms.slice(1).map((room, i) => ({
      name: `${room}-imports-down`,
      comment: `${room} may not know a room above it.`,
      severity: 'error',
      from: { path: pathOf(room), pathNot: notTest },
      to: {
        path: rooms
          .slice(0, i + 1)
          .map(pathOf)
          .join('|'),
      },
    })),
    ...rooms.slice(2).map((room) => ({
      name: `${room}-public-face`,
      comment: `Other rooms see ${room} only through its index.ts.`,
      severity: 'error',
      from: { path: '^menubar-agent/src', pathNot: `${pathOf(room)}|${notTest}` },
      to: { path: pathOf(room), pathNot: `^menubar-agent/src/${room}/index\\.ts$` },
    })),
    {
      name: 'nobody-knows-the-shell',
      comment: 'The agent runs without Electron.',
      severity: 'error',
      from: { pathNot: `^menubar-agent/src/shell/|^tests/|${notTest}` },
      to: { path: '^menubar-agent/src/shell/' },
    },
    {
      name: 'shell-knows-no-agent',
      comment: 'The shell attaches to an agent by agent.json and speaks to it as every client: it holds nothing of it.',
      severity: 'error',
      from: { path: '^menubar-agent/src/shell/', pathNot: notTest },
      to: { path: '^menubar-agent/src/', pathNot: '^menubar-agent/src/(shell/|core/index\\.ts$)' },
    },
    {
      name: 'only-main-knows-electron',
      comment: 'What decides is tested without Electron; types are free.',
      severity: 'error',
      from: { path: '^menubar-agent/src', pathNot: `^menubar-agent/src/shell/main\\.ts$|${notTest}` },
      to: { path: 'node_modules/(electron|menubar)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'shared-knows-nobody',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(menubar-agent|tests|raycast-extension)/' },
    },
    {
      name: 'ui-knows-only-shared',
      comment: 'The page talks to the agent over the contract.',
      severity: 'error',
      from: { path: '^menubar-agent/ui/src/', pathNot: notTest },
      to: { path: '^(menubar-agent/src|tests|raycast-extension)/' },
    },
    {
      name: 'ui-pages-are-apart',
      comment: 'A page sees another one only through its index.tsx. The way of a newcomer is made of the pieces of Models.',
      severity: 'error',
      from: { path: '^menubar-agent/ui/src/pages/([^/]+)/', pathNot: `${notTest}|^menubar-agent/ui/src/pages/welcome/` },
      to: { path: '^menubar-agent/ui/src/pages/', pathNot: '^menubar-agent/ui/src/pages/($1/|[^/]+/index\\.tsx$)' },
    },
    {
      name: 'ui-kit-knows-no-page',
      severity: 'error',
      from: { path: '^menubar-agent/ui/src/(kit|lib)/' },
      to: { path: '^menubar-agent/ui/src/(pages|app)/' },
    },
    {
      name: 'only-store-knows-sqlite',
      severity: 'error',
      from: { path: '^menubar-agent/src', pathNot: '^menubar-agent/src/store/' },
      to: { path: 'better-sqlite3' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      from: { path: '^(shared|menubar-agent)/', pathNot: notTest },
      to: { path: '^tests/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
