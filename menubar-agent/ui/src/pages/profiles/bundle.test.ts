import { readBundle, writeBundle } from './bundle.js';
import { differs, wordsOf } from '../../parts/command-words.js';

const file = (changes: object = {}): string =>
  JSON.stringify({
    format: 'mlx-manager.profiles',
    version: 1,
    exported_at: '2026-11-21T10:00:00.000Z',
    profiles: [{ name: 'Coder', model_path: 'org/model' }],
    ...changes,
  });

test('an export is read and written', () => {
  const read = readBundle(file());
  if (!('bundle' in read)) throw new Error(read.problem);
  expect(read.bundle.profiles).toMatchObject([{ name: 'Coder', queueSize: 100 }]);
  expect(readBundle(writeBundle(read.bundle))).toEqual(read);
});

test.each([
  ['{', /no JSON/],
  ['[1]', /no export of profiles/],
  ['null', /no export of profiles/],
  [file({ version: 2 }), /version 2/],
  [file({ profiles: [] }), /no profile in it/],
])('%s is refused in words', (text, words) => {
  expect(readBundle(text)).toMatchObject({ problem: expect.stringMatching(words) });
});

test('what is wrong in a profile is told by its name', () => {
  const read = readBundle(file({ profiles: [{ name: 'Coder', model_path: 'org/model', port: 80, colour: 'red' }] }));
  expect(read).toMatchObject({
    details: expect.arrayContaining([expect.stringMatching(/^Coder, port: /), expect.stringMatching(/^Coder: .*colour/)]),
  });
});

test('what is of another kind than it must be is told in its own words, and a long name is cut', () => {
  const read = readBundle(
    file({ exported_at: undefined, profiles: [null, { name: 'x'.repeat(500), model_path: 1, aliases: 'a', pinned: 1 }] }),
  );
  const name = 'x'.repeat(80);
  expect('details' in read && read.details).toEqual([
    'exported_at: Must be a text.',
    'profile 1: Must be an object.',
    `${name}, name: At most 80 characters.`,
    `${name}, model_path: Must be a text.`,
    `${name}, aliases: Must be a list.`,
    'and 1 more',
  ]);
});

test('arguments stand below each other, an option beside its value', () => {
  const words = wordsOf({ env: { A: '1' }, file: '/python', args: ['/server', '--port', '80', '--flag', '--temp', '-0.5', '--x=y', 'z'] });
  expect(words.split('\n')).toEqual(['A=1', '/python', '/server', '--port 80', '--flag', '--temp -0.5', '--x=y', 'z']);
});

test('two commands differ in more than a port that is taken anew each time', () => {
  const command = (changes: object = {}) => ({
    engine: 'e',
    file: '/p',
    args: ['--port', '80', '--x'],
    env: { A: '1' },
    port: 80,
    portFixed: false,
    shell: '',
    ...changes,
  });
  expect(differs(command({ args: ['--port', '99', '--x'], port: 99, portFixed: true }), command())).toBe(false);
  expect(differs(command({ args: ['--port', '99', '--x'], port: 99 }), command({ portFixed: true }))).toBe(true);
  expect(differs(command(), command({ args: ['--port', '80', '--y'] }))).toBe(true);
  expect(differs(command(), command({ env: { A: '2' } }))).toBe(true);
});
