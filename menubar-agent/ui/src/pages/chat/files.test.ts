/** What a chosen file is. */
import { readFile } from './files.js';

const file = (name: string, content: string | Uint8Array<ArrayBuffer>): File => new File([content], name);
const never = async (): Promise<number | null> => null;

test.each([
  ['README', 'Read me', 'text/plain'],
  ['Makefile', 'all:\n\techo', 'text/plain'],
  ['Dockerfile', 'FROM scratch', 'text/plain'],
  // Browsers take this ending for a film.
  ['main.ts', 'const é = 1;', 'text/plain'],
  ['notes.md', '# Notes', 'text/markdown'],
  ['a.PNG', new Uint8Array([137, 80, 0]), 'image/png'],
  ['wide.txt', new Uint8Array([0xff, 0xfe, 65, 0]), 'text/plain'],
])('%s', async (name, content, mediaType) => {
  expect(await readFile(file(name, content), never)).toMatchObject({ name, mediaType });
});

test('what no model reads is refused, with its name', async () => {
  await expect(readFile(file('a.zip', new Uint8Array([80, 75, 0, 0])), never)).rejects.toMatchObject({ code: 'ATTACHMENT_UNREADABLE' });
  await expect(readFile(file('latin.txt', new Uint8Array([0xe9, 0x20])), never)).rejects.toMatchObject({ code: 'ATTACHMENT_UNREADABLE' });
  const huge = { name: 'huge.mov', size: 3e9 } as File;
  await expect(readFile(huge, never)).rejects.toMatchObject({ code: 'ATTACHMENT_TOO_LARGE' });
});

test('a film may last two minutes', async () => {
  const film = file('walk.webm', new Uint8Array([1, 2]));
  await expect(readFile(film, async () => 121)).rejects.toMatchObject({ code: 'ATTACHMENT_INVALID' });
  expect(await readFile(film, async () => 120)).toMatchObject({ mediaType: 'video/webm' });
  await expect(readFile(film, never)).rejects.toMatchObject({
    code: 'ATTACHMENT_INVALID',
    message: expect.stringContaining('its length cannot be told'),
  });
});

test('a folder cannot be read', async () => {
  const folder = { name: 'folder', size: 0, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }) };
  await expect(readFile(folder as unknown as File, never)).rejects.toMatchObject({ code: 'ATTACHMENT_INVALID' });
});
