/** A machine on which no engine is installed yet. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { newFolder } from '../../support/agent.js';
import { enginesDir } from '../../support/engines.js';

/** A folder of engines without any, with the tool that installs them and what it fetched before. Whoever asks for it takes it away. */
export function withoutEngines(): string {
  const folder = newFolder();
  symlinkSync(join(enginesDir(), '.uv'), join(folder, '.uv'));
  return folder;
}
