/** The drawing of a window, and the pictures as they lie in the extension. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DetailView, Row, View } from '../host/index.js';
import { extensionFolder, manifest, read } from '../support/extension.js';
import { colorOf, iconHtml, imageHtml } from './images.js';
import { pageOf } from './page.js';
import { SIZE } from './shoot.js';

const assets = join(extensionFolder, 'assets');
const row = (changes: Partial<Row>): Row => ({
  id: 'one',
  title: 'One',
  subtitle: undefined,
  accessories: [],
  accessoryViews: [],
  keywords: [],
  icon: undefined,
  section: undefined,
  node: undefined as never,
  ...changes,
});
const view = (rows: Row[], changes: Partial<View> = {}): View => ({
  kind: 'list',
  depth: 0,
  title: undefined,
  isLoading: false,
  searchText: '',
  searchPlaceholder: 'Search <models>',
  dropdown: undefined,
  rows,
  sections: [{ title: 'A & B', subtitle: '1 model', rows }],
  selected: rows[0],
  empty: undefined,
  detail: undefined,
  fields: [],
  form: [],
  actions: [],
  node: undefined,
  ...changes,
});
const page = (shown: View): string => pageOf({ view: shown, command: 'Search Models', toast: undefined, caption: 'What it is', assets });

test('a list: text is text, the selected row, tags in their colour, the caption; nothing is loaded', () => {
  const html = page(
    view([
      row({ title: '<b>bold</b>', icon: 'play-16', accessoryViews: [{ tag: 'gated', color: 'raycast-yellow' }, { text: '4.6 GB' }] }),
      row({ id: 'two', title: 'Two' }),
    ]),
  );
  expect(html).toContain('&lt;b&gt;bold&lt;/b&gt;');
  expect(html).toContain('Search &lt;models&gt;');
  expect(html).toContain('A &amp; B');
  expect(html.match(/class="row selected"/g)).toHaveLength(1);
  expect(html).toContain(`--color:${colorOf('raycast-yellow')}`);
  expect(html).toContain('What it is');
  expect(html).not.toMatch(/(src|href)="(?!data:)|<script|url\(/);
});

test('a detail: Markdown is drawn, metadata stands beside its names', () => {
  const detail: DetailView = {
    isLoading: false,
    markdown: '## Head\n\n```js\n1 < 2\n```\n\n![gauge](data:image/svg+xml;base64,AA==)',
    metadata: [
      { kind: 'label', title: 'Size', text: '4.6 GB' },
      { kind: 'separator', title: '', text: undefined },
      {
        kind: 'tags',
        title: 'Badges',
        text: 'tools',
        tags: [{ text: 'tools', color: 'raycast-purple', icon: undefined, press: undefined }],
      },
    ],
  };
  const html = page(view([row({})], { detail }));
  expect(html).toContain('<h2>Head</h2>');
  expect(html).toContain('1 &lt; 2');
  expect(html).toContain('src="data:image/svg+xml;base64,AA=="');
  expect(html).toContain('<dt>Size</dt><dd>4.6 GB</dd><hr>');
});

test('an empty view; a kind of window that has no drawing', () => {
  expect(page(view([], { empty: { title: 'No Models Found', description: 'Try fewer words.', icon: 'magnifying-glass-16' } }))).toMatch(
    /<svg[^]*No Models Found[^]*Try fewer words/,
  );
  expect(() => page(view([], { kind: 'form' }))).toThrow('form');
});

test("images: Raycast's icons with their tint, the extension's own files, drawings in Raycast's colours; an icon without a drawing is told", () => {
  expect(imageHtml({ value: { source: 'play-16', tintColor: 'raycast-red' }, tooltip: 'Start' }, assets)).toContain('stroke="#ff6b6b"');
  expect(imageHtml('icon.png', assets)).toMatch(/^<img src="data:image\/png;base64,/);
  expect(imageHtml('data:image/svg+xml,<svg stroke="raycast-blue"/>', assets)).not.toContain('raycast-blue');
  expect(colorOf({ light: '#000', dark: '#fff' })).toBe('#fff');
  expect(() => iconHtml('airplane')).toThrow('airplane');
});

test('every picture is of a command, has the size and weight of a store picture, and the README shows it and says what it is', () => {
  const readme = read('README.md');
  const media = join(extensionFolder, 'media');
  const files = readdirSync(media).sort();
  expect(files).toEqual(
    ['connect-client', 'manage-profiles', 'quick-chat', 'search-chats', 'search-models', 'show-servers'].map((name) => `${name}.png`),
  );
  for (const file of files) {
    const png = readFileSync(join(media, file));
    // Of the header alone (https://www.w3.org/TR/png-3/#11IHDR): reading all pixels of six pictures takes long.
    expect([file, png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      file,
      'PNG',
      SIZE.width,
      SIZE.height,
    ]);
    expect([file, png.length <= 400_000]).toEqual([file, true]);
    expect(manifest.commands.map((command) => `${command.name}.png`)).toContain(file);
    expect(readme).toContain(`](media/${file})`);
  }
  expect(readme).toContain("rendered by the project's test host");
});
