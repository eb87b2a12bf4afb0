import { diskFull, storageError } from './index.js';

test.each([
  ['ENOSPC', 'DISK_FULL', 'The disk has 0 GB free; 1.5 GB are needed.'],
  ['EDQUOT', 'DISK_FULL', 'The disk has 0 GB free; 1.5 GB are needed.'],
  ['EACCES', 'CACHE_NOT_WRITABLE', 'The model folder here cannot be written: no permission.'],
  ['EROFS', 'CACHE_NOT_WRITABLE', 'The model folder here cannot be written: the disk is read-only.'],
  ['EWHATEVER', 'CACHE_NOT_WRITABLE', 'The model folder here cannot be written: odd.'],
])('%s is %s in words', (code, ours, message) => {
  expect(storageError(Object.assign(new Error('odd'), { code }), 'here', 1.5e9)).toMatchObject({ code: ours, message });
});

test('an error that has words already keeps them', () => {
  const known = diskFull(1e9, 2e9);
  expect(storageError(known, 'here')).toBe(known);
  expect(known.message).toBe('The disk has 1 GB free; 2 GB are needed.');
});
