/** The report of a fault says versions and states, and nothing that is somebody's own. */
import {
  SETTING_DEFAULTS,
  SETTING_KEYS,
  type AgentStatus,
  type Engine,
  type Server,
  type Settings,
  type SystemInfo,
} from '@mlx-manager/shared';
import { diagnosticsText, type Known } from './diagnostics.js';

const SECRET = 'jane-doe';
const sources = Object.fromEntries(SETTING_KEYS.map((key) => [key, 'default'])) as Settings['sources'];
const known: Known = {
  agent: {
    version: '1.2.3',
    uptimeSeconds: 7200,
    localModels: 3,
    downloads: 0,
    home: `/Users/${SECRET}/.mlx-manager`,
    baseUrl: `http://${SECRET}/v1`,
  } as AgentStatus,
  system: {
    osVersion: 'macOS 15.1',
    platform: 'darwin',
    arch: 'arm64',
    chip: 'Apple M4',
    cores: 10,
    gpuCores: 10,
    memoryGb: 32,
    nodeVersion: 'v22.22.0',
    pythonVersion: '3.12.1',
  } as SystemInfo,
  engines: [
    { id: 'mlx-lm', state: 'installed', version: '0.1', pinnedVersion: '0.2', python: '3.12.1', path: `/Users/${SECRET}`, error: null },
  ] as Engine[],
  servers: [
    {
      engine: 'mlx-lm',
      state: 'failed',
      profileName: SECRET,
      modelPath: `/Users/${SECRET}`,
      failure: { kind: 'out_of_memory', message: SECRET },
    },
  ] as unknown as Server[],
  pool: { budgetGb: 24, leasedGb: 8.5 },
  settings: {
    ...SETTING_DEFAULTS,
    allowedHosts: [SECRET],
    hfTokenSet: true,
    sources: { ...sources, allowedHosts: 'setting', hfEndpoint: 'environment' },
  },
  alerts: [],
  browser: 'Chromium',
};

test('versions, machine, states', () => {
  const text = diagnosticsText(known);
  for (const part of [
    'MLX Manager 1.2.3',
    'macOS 15.1',
    'Apple M4',
    '32 GB',
    'v22.22.0',
    'mlx-lm: installed 0.1 (this release installs 0.2)',
    'mlx-lm: failed (out_of_memory)',
    '8.5 GB of 24 GB',
    'Chromium',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain('Changed settings: hf_endpoint, allowed_hosts');
});

test('no name, path or address', () => {
  expect(diagnosticsText(known)).not.toContain(SECRET);
});
