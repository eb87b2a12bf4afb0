import { AGENT_LABEL, launchdLabel } from './index.js';

describe('the label of a name', () => {
  const odd = [
    '',
    ' ',
    '/',
    '../../etc/passwd',
    '..',
    '.',
    'a/b',
    'a.b',
    'a"b',
    "a'b",
    'a<b>&c',
    'Ä',
    'ä',
    '模型',
    '😀',
    'a\nb',
    'a\0b',
    '-a-',
    'a--b',
    'A',
    'a b',
    'a_b',
    'x'.repeat(500),
    `${'x'.repeat(500)}y`,
    'agent',
    'a\ud800',
  ];

  test('plain ones stay, and are their label', () => {
    expect(launchdLabel('coder')).toBe('com.mlx-manager.coder');
    expect(launchdLabel('qwen3-30b')).toBe('com.mlx-manager.qwen3-30b');
    expect(launchdLabel('My Coder')).toMatch(/^com\.mlx-manager\.my-coder-[0-9a-f]{12}$/);
    expect(launchdLabel('模型')).toMatch(/^com\.mlx-manager\.[0-9a-f]{12}$/);
  });

  test('odd ones are safe as a file’s name and in XML, and never shared', () => {
    const names = [...odd, 'a', 'a-b', 'my-coder', 'My Coder', 'my coder'];
    // The label of one name, taken as a name itself, is another name.
    names.push(...names.map((name) => launchdLabel(name).slice('com.mlx-manager.'.length)));
    const labels = new Map([...new Set(names)].map((name) => [launchdLabel(name), name]));
    expect(labels.size).toBe(new Set(names).size);
    for (const each of labels.keys()) {
      expect(each).toMatch(/^com\.mlx-manager\.[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(each.length).toBeLessThan(100);
    }
    expect(labels.has(AGENT_LABEL)).toBe(false);
  });
});
