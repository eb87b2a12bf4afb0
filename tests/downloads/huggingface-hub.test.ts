/** The real huggingface_hub agrees with what is written here, and what it writes is read here. */
import { jest } from '@jest/globals';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startHub, type StandInHub } from '../support/hub/index.js';
import { isOver, makeDownloads, type DownloadRig } from '../support/downloads.js';
import { pythonWith, runPython } from '../support/python.js';

// Seconds are enough on an idle machine; others may be at work on this one.
jest.setTimeout(60_000);

const TINY = 'mlx-community/tiny-qwen3';
const folder = join(import.meta.dirname, '../fixtures/models/tiny-qwen3');
let python: string;
let hub: StandInHub;
let rig: DownloadRig;

const SCAN = `
import json, sys
from huggingface_hub import scan_cache_dir
info = scan_cache_dir(sys.argv[1])
print(json.dumps({
  "size": info.size_on_disk, "warnings": [str(w) for w in info.warnings], "incomplete": [f.file_path.name for f in info.incomplete_files],
  "repos": [{"id": r.repo_id, "size": r.size_on_disk, "revisions": sorted(
    ({"commit": v.commit_hash, "refs": sorted(v.refs), "size": v.size_on_disk,
      "files": sorted([str(f.file_path.relative_to(v.snapshot_path)), str(f.blob_path), f.size_on_disk] for f in v.files)} for v in r.revisions),
    key=lambda v: v["commit"])} for r in info.repos],
}))`;
const DOWNLOAD = `
import sys
from huggingface_hub import snapshot_download
print(snapshot_download(sys.argv[2], cache_dir=sys.argv[1], local_files_only=sys.argv[3] == "local", allow_patterns=sys.argv[4].split(",") if len(sys.argv) > 4 else None))`;

interface Scan {
  size: number;
  warnings: string[];
  incomplete: string[];
  repos: { id: string; size: number; revisions: { commit: string; refs: string[]; size: number; files: [string, string, number][] }[] }[];
}
const scan = async (): Promise<Scan> => JSON.parse(await runPython(python, SCAN, [rig.root])) as Scan;
const hf = async (mode: 'local' | 'online', patterns: string[] = []): Promise<string> =>
  (
    await runPython(python, DOWNLOAD, [rig.root, TINY, mode, ...(patterns.length > 0 ? [patterns.join(',')] : [])], {
      HF_ENDPOINT: hub.url,
      HF_HUB_DISABLE_PROGRESS_BARS: '1',
      HF_HUB_DISABLE_TELEMETRY: '1',
    })
  ).trim();
const download = async (update = false) => {
  const { taskId } = await rig.service.start(TINY, 'main', { update });
  return rig.until(taskId, (task) => isOver(task) && (!update || task.commit === hub.commitOf(TINY)));
};

beforeAll(async () => {
  python = await pythonWith('huggingface_hub==2.4.0');
}, 300_000);
beforeEach(async () => {
  hub = await startHub({ models: [{ id: TINY, folder, files: { 'sub/folder/notes.md': 'deeper' } }] });
  rig = makeDownloads(hub.url);
});
afterEach(async () => {
  await rig.end();
  await hub.stop();
});

test('scan_cache_dir and snapshot_download(local_files_only) agree with a download of ours', async () => {
  const first = await download();
  await hub.pushCommit(TINY, { 'README.md': 'second' });
  const second = await download(true);
  const theirs = await scan();
  expect(theirs).toMatchObject({ warnings: [], incomplete: [] });
  expect(theirs.repos).toHaveLength(1);
  const ours = (await rig.cache.find(TINY))!;
  expect(theirs.repos[0]!.size).toBe(ours.sizeBytes);
  expect(theirs.repos[0]!.revisions).toEqual(
    [...ours.revisions]
      .sort((a, b) => (a.commit < b.commit ? -1 : 1))
      .map(({ commit, refs, files }) => ({
        commit,
        refs,
        size: files.reduce((sum, file) => sum + file.sizeBytes, 0),
        files: files.map((file) => [file.path, file.blobPath, file.sizeBytes]),
      })),
  );
  await hub.goOffline();
  expect(await hf('local')).toBe(second.localPath);
  expect(first.localPath).not.toBe(second.localPath);
});

test('the real one asks the hub for no file of a model that is here', async () => {
  const task = await download();
  hub.requests.length = 0;
  expect(await hf('online')).toBe(task.localPath);
  // Only which commit `main` is now; the listing and the files are taken from the cache.
  expect(hub.requests.map((request) => request.path)).toEqual([`/api/models/${TINY}/revision/main`]);
});

test('a download by the real one is read here as whole, and not fetched again', async () => {
  const path = await hf('online');
  const [model] = await rig.cache.scan();
  expect(model).toMatchObject({ modelId: TINY, hasPartial: false });
  expect(model!.revisions[0]).toMatchObject({ snapshotPath: path, refs: ['main'], complete: true });
  expect(model!.revisions[0]!.files.map((file) => file.path)).toEqual([...(await readdir(folder)), 'sub/folder/notes.md'].sort());
  hub.requests.length = 0;
  expect(await download()).toMatchObject({ status: 'completed', localPath: path });
  expect(hub.requests).toEqual([]);
});

test('what mlx-lm leaves out of a repository does not make a model unfinished; a missing weight does', async () => {
  await hf('online', ['*.json', 'model*.safetensors', '*.jinja']);
  expect((await rig.cache.find(TINY))!.revisions[0]).toMatchObject({ complete: true });
  await rm(rig.root, { recursive: true });
  await hf('online', ['*.json']);
  expect((await rig.cache.find(TINY))!.revisions[0]).toMatchObject({ complete: false });
  // We finish what it began, and fetch only what is missing.
  hub.requests.length = 0;
  const task = await download();
  expect(task.status).toBe('completed');
  expect(
    hub.requests
      .filter((request) => request.path.includes('/resolve/'))
      .map((request) => request.path.split('/').at(-1))
      .sort(),
  ).toEqual(['README.md', 'model.safetensors', 'notes.md']);
  expect(await hf('local')).toBe(task.localPath);
});

test('a download of ours under way shows there as unfinished, and is whole for it afterwards', async () => {
  const slow = hub.fault({ at: 'cdn', throttle: 1_000_000 });
  const { taskId } = await rig.service.start(TINY);
  await rig.until(taskId, (task) => task.downloadedBytes > 500_000);
  await rig.service.pause(taskId);
  slow();
  const theirs = await scan();
  expect(theirs.warnings).toEqual([]);
  expect(theirs.incomplete).toHaveLength(1);
  await expect(hf('local')).rejects.toThrow('LocalEntryNotFoundError');
  // It downloads beside our partial file, and we find it done.
  const path = await hf('online');
  await rig.service.resume(taskId);
  const task = await rig.until(taskId, isOver);
  expect(task).toMatchObject({ status: 'completed', localPath: path });
  expect((await readFile(join(path, 'model.safetensors'))).equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
  expect((await scan()).incomplete).toEqual([]);
});

test('delete_revisions of the real one and remove of ours free the same', async () => {
  await download();
  const old = hub.commitOf(TINY);
  await hub.pushCommit(TINY, { 'README.md': 'a second README' });
  await download(true);
  const expected = Number(
    await runPython(
      python,
      'import sys\nfrom huggingface_hub import scan_cache_dir\nprint(scan_cache_dir(sys.argv[1]).delete_revisions(sys.argv[2]).expected_freed_size)',
      [rig.root, old],
    ),
  );
  // Sizes on the disk are whole blocks; the bytes of a small file are what both count.
  expect(await rig.cache.remove(TINY, old)).toEqual({ freedBytes: expected });
  const theirs = await scan();
  expect(theirs.warnings).toEqual([]);
  expect(theirs.repos[0]!.revisions.map((revision) => revision.commit)).toEqual([hub.commitOf(TINY)]);
  await rig.cache.remove(TINY);
  expect((await scan()).repos).toEqual([]);
});
