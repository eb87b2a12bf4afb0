import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from './version.js';

test.each(['package.json', 'shared/package.json', 'menubar-agent/package.json'])(
  '%s has the version that agent and clients tell each other',
  (file) => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) as { version: string };
    expect(version).toBe(VERSION);
  },
);
