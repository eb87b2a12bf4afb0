/**
 * electron-builder's configuration. A test (tests/shell/packaging.test.ts) holds it against electron-builder's own schema.
 *
 * Signing takes a "Developer ID Application" certificate from the keychain or CSC_LINK; notarising what electron-builder reads from the environment
 * (APPLE_API_KEY, APPLE_API_KEY_ID and APPLE_API_ISSUER, or APPLE_ID, APPLE_APP_SPECIFIC_PASSWORD and APPLE_TEAM_ID, or APPLE_KEYCHAIN and
 * APPLE_KEYCHAIN_PROFILE) and is skipped without. There is no `publish`: nothing updates itself until there is a feed.
 */

/** @param {{ electronVersion: string, notarize: boolean }} given `notarize` where credentials are in the environment. */
export const builderConfig = ({ electronVersion, notarize }) => ({
  appId: 'org.mlx-manager.app',
  productName: 'MLX Manager',
  copyright: 'MIT License',
  electronVersion,
  // The staged folder holds exactly what belongs into the app (scripts/package-mac.mjs); its packages carry their binaries.
  directories: { app: 'dist/package', output: 'dist/release', buildResources: 'packaging' },
  files: ['**/*'],
  npmRebuild: false,
  nodeGypRebuild: false,
  asar: true,
  // A native module cannot be loaded out of an archive.
  asarUnpack: ['node_modules/better-sqlite3/**'],
  publish: null,
  detectUpdateChannel: false,
  electronLanguages: ['en'],
  electronFuses: {
    // Nobody can use the signed app as a plain Node (electronjs.org/docs/latest/tutorial/fuses).
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    // Only the archive that was signed is loaded, unchanged.
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    loadBrowserProcessSpecificV8Snapshot: false,
    grantFileProtocolExtraPrivileges: false,
    resetAdHocDarwinSignature: false,
  },
  mac: {
    category: 'public.app-category.developer-tools',
    target: [
      { target: 'dmg', arch: ['universal'] },
      { target: 'zip', arch: ['universal'] },
    ],
    icon: 'assets/icon.png',
    minimumSystemVersion: '14.0',
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'packaging/entitlements.plist',
    entitlementsInherit: 'packaging/entitlements.plist',
    // Each architecture's app holds the binaries of both.
    x64ArchFiles: 'Contents/Resources/app.asar.unpacked/node_modules/better-sqlite3/prebuilds/*',
    extendInfo: {
      // Lives in the menu bar, not in the Dock.
      LSUIElement: true,
      // Plain HTTP goes to this machine alone.
      NSAppTransportSecurity: { NSAllowsArbitraryLoads: false, NSAllowsLocalNetworking: true },
    },
    notarize,
  },
  dmg: { title: 'MLX Manager' },
});

/** Whether the environment holds what notarising needs. */
export const canNotarize = (env) =>
  [
    ['APPLE_API_KEY', 'APPLE_API_KEY_ID', 'APPLE_API_ISSUER'],
    ['APPLE_ID', 'APPLE_APP_SPECIFIC_PASSWORD', 'APPLE_TEAM_ID'],
    ['APPLE_KEYCHAIN', 'APPLE_KEYCHAIN_PROFILE'],
  ].some((names) => names.every((name) => env[name]));
