/** Before the first test of the project: the extension is built, and the account of actions is opened. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup() {
  // Workers start after this and inherit it.
  process.env.RAYCAST_HOST_ACCOUNT = mkdtempSync(join(tmpdir(), 'raycast-account-'));
}
