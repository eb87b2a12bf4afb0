/** Files of a message, against a real agent. */
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_ATTACHMENT_BYTES } from '@mlx-manager/shared';
import { attach } from '../../../raycast-extension/src/lib/chat/files.js';
import { endRig, startAgent, type Rig } from '../../support/agent.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startAgent();
}, 60_000);
afterAll(() => endRig(rig));

const file = (name: string, content: string | Buffer): string => {
  const path = join(rig.folder, name);
  writeFileSync(path, content);
  return path;
};
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

test('kinds by name, else by what is in them; in their order, with their names', async () => {
  const cut = 'ä'.repeat(4096).replace(/^ä/, 'aä'); // a character across the end of what is looked at
  const paths = [
    file('Dot.PNG', PNG),
    file('Makefile', 'all:\n'),
    file('Grüße 🎉 "x".md', '# Hi'),
    file('noise', Buffer.from([0xff, 0xfe, 0x41])),
    file('zero', Buffer.from([0x41, 0, 0x41])),
    file('long', cut),
  ];
  const parts = await attach(rig.client, paths);
  expect(parts.map((part) => ('mediaType' in part ? [part.type, part.name, part.mediaType] : []))).toEqual([
    ['image', 'Dot.PNG', 'image/png'],
    ['file', 'Makefile', 'text/plain'],
    ['file', 'Grüße 🎉 "x".md', 'text/markdown'],
    ['file', 'noise', 'application/octet-stream'],
    ['file', 'zero', 'application/octet-stream'],
    ['file', 'long', 'text/plain'],
  ]);
  const [, makefile] = parts;
  const answer = await rig.client.downloadAttachment({ attachmentId: 'attachmentId' in makefile! ? makefile.attachmentId : '' });
  expect(await answer.text()).toBe('all:\n');
  expect(await attach(rig.client, [])).toEqual([]);
});

test.each([
  [
    'a folder',
    () => (mkdirSync(join(rig.folder, 'dir')), join(rig.folder, 'dir')),
    'ATTACHMENT_INVALID',
    /dir cannot be attached: it is a folder/,
  ],
  ['gone', () => join(rig.folder, 'gone.txt'), 'ATTACHMENT_INVALID', /gone\.txt cannot be attached: it is no longer there/],
  [
    'a link to nothing',
    () => (symlinkSync('/nowhere/at/all', join(rig.folder, 'link')), join(rig.folder, 'link')),
    'ATTACHMENT_INVALID',
    /no longer/,
  ],
  ['no file at all', () => '/dev/null', 'ATTACHMENT_INVALID', /null cannot be attached: it is no file/],
  ['empty', () => file('empty.txt', ''), 'ATTACHMENT_INVALID', /empty/],
  ['a picture that is none', () => file('fake.png', 'text'), 'ATTACHMENT_INVALID', /image\/png/],
  [
    'too large',
    () => {
      const path = file('film.mp4', 'x');
      truncateSync(path, MAX_ATTACHMENT_BYTES + 1); // holes: no disk is filled
      return path;
    },
    'ATTACHMENT_TOO_LARGE',
    /film\.mp4 is larger than the 200 MB/,
  ],
])('%s: refused in words', async (_, make, code, words) => {
  const before = process.memoryUsage().arrayBuffers;
  await expect(attach(rig.client, [make()])).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_ATTACHMENT_BYTES);
  rmSync(join(rig.folder, 'film.mp4'), { force: true });
});
