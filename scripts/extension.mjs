/** The extension's build, shared by `npm test` and the tests' host: made once for each state of the sources, kept in .cache/raycast. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareExtension, sourcesOf } from './raycast/prepare.mjs';
import { rayBuild } from './raycast/ray.mjs';
import { root as repository } from './setup.mjs';

export { filesBelow, importedPackages, importsOf, prepareExtension } from './raycast/prepare.mjs';
export { ray, rayBuild, rayLint } from './raycast/ray.mjs';
export { startStub } from './raycast/stub.mjs';

/** Builds kept for states of the sources that are no longer the newest: a test run may still be reading one. */
const KEPT = 6;

/**
 * Builds every command and tool with `ray build`, types checked, from a prepared copy: what is built is what the store gets, and the sources'
 * folder is not written to, so builds may run at once. The same sources are built once.
 * @param {{ root?: string, out?: string }} [options] `root`: the repository; `out`: the folder that keeps the builds (.cache/raycast).
 * @returns {Promise<{ folder: string, cached: boolean, output: string }>} `folder`: COMMAND.js, tools/TOOL.js, package.json, assets/.
 * @throws {Error} with ray's output when it fails.
 */
export async function buildExtension({ root = repository, out = join(root, '.cache', 'raycast') } = {}) {
  mkdirSync(out, { recursive: true });
  for (;;) {
    const id = hashOf(root);
    const folder = join(out, id);
    const release = await lock(join(out, `${id}.lock`), () => existsSync(folder));
    if (!release) return reused(folder);
    try {
      if (existsSync(folder)) return reused(folder);
      const built = await build({ root, out, id, folder });
      if (built) return built;
    } finally {
      release();
    }
  }
}

/** Marks a build as used, so that it is not the next to be forgotten. */
function reused(folder) {
  utimesSync(folder, new Date(), new Date());
  return { folder, cached: true, output: '' };
}

/** Nothing when a source was saved while it was copied: the copy is neither the old state nor surely the new one. */
async function build({ root, out, id, folder }) {
  const work = mkdtempSync(join(out, 'work-'));
  try {
    const source = join(work, 'extension');
    prepareExtension({ root, out: source, format: false });
    if (hashOf(root) !== id) return undefined;
    symlinkSync(join(root, 'raycast-extension', 'node_modules'), join(source, 'node_modules'));
    const { code, output } = await rayBuild({ folder: source, out: join(work, 'dist') });
    if (code !== 0) throw new Error(`ray build failed:\n${output}`);
    try {
      renameSync(join(work, 'dist'), folder);
    } catch (error) {
      // Two that found the same abandoned lock may both have built: the first one's is as good.
      if (existsSync(folder)) return reused(folder);
      throw error;
    }
    forgetOld(out, id);
    return { folder, cached: false, output };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Of everything a build depends on: the sources, and how they are prepared. */
function hashOf(root) {
  const hash = createHash('sha256');
  for (const name of ['prepare', 'ray']) hash.update(readFileSync(new URL(`./raycast/${name}.mjs`, import.meta.url)));
  for (const file of sourcesOf(root))
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex').slice(0, 20);
}

/**
 * Takes the lock (a folder with the owner's pid) or waits until `done`. There is no event across processes: it looks every 50 ms.
 * @returns {Promise<(() => void) | undefined>} How to give it back; nothing when another has done the work.
 */
async function lock(path, done) {
  for (;;) {
    if (done()) return undefined;
    try {
      mkdirSync(path);
      writeFileSync(join(path, 'pid'), String(process.pid));
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (abandoned(path)) rmSync(path, { recursive: true, force: true });
    else await sleep(50);
  }
}

/** Whether the owner of the lock is gone. */
function abandoned(path) {
  let pid;
  try {
    pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
  } catch {
    // No pid yet: the owner is between its two steps, or was killed there.
    return existsSync(path) && Date.now() - statSync(path).mtimeMs > 5_000;
  }
  // Two builds in one process (a test file asking twice) wait for each other as well.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Builds not used for long, and what killed builders left. */
function forgetOld(out, current) {
  const aged = (name) => ({ path: join(out, name), used: statSync(join(out, name)).mtimeMs });
  const names = readdirSync(out);
  const builds = names.filter((name) => /^[0-9a-f]{20}$/.test(name) && name !== current).map(aged);
  for (const { path } of builds.sort((a, b) => b.used - a.used).slice(KEPT)) rmSync(path, { recursive: true, force: true });
  const left = names.filter((name) => name.startsWith('work-')).map(aged);
  for (const { path, used } of left) if (Date.now() - used > 3_600_000) rmSync(path, { recursive: true, force: true });
}
