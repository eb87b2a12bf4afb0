/** What is typed for a setting, and how its value is told. */
import { isLoopback, listenMode } from './listen-mode.js';
import { problemOf, readTyped, tellValue, textOfValue } from './values.js';

describe('typed', () => {
  test('numbers, with and without separators', () => {
    expect(readTyped('requestMaxRows', ' 200000 ')).toEqual({ value: 200_000 });
    expect(readTyped('requestMaxRows', '200,000')).toEqual({ value: 200_000 });
    expect(readTyped('requestMaxRows', '200 000')).toEqual({ value: 200_000 });
    expect(readTyped('maxMemoryGb', '12.5')).toEqual({ value: 12.5 });
    expect(readTyped('logKeep', '0')).toEqual({ value: 0 });
  });

  test.each(['', '12,5', '1e3', '0x10', 'ten', '--1', '12.', 'NaN', 'Infinity'])('%p is no number', (text) => {
    expect(readTyped('maxDownloads', text)).toHaveProperty('problem');
  });

  test('beyond what the schema allows, in words', () => {
    expect(readTyped('maxMemoryPercent', '101')).toEqual({ problem: 'Must be at most 100.' });
    expect(readTyped('maxMemoryPercent', '9')).toEqual({ problem: 'Must be at least 10.' });
    expect(readTyped('maxMemoryPercent', '-9')).toEqual({ problem: 'Must be at least 10.' });
    expect(readTyped('maxMemoryPercent', '50.5')).toEqual({ problem: 'Must be a whole number.' });
    expect(readTyped('maxMemoryGb', '0')).toEqual({ problem: 'Must be more than 0.' });
  });

  test('texts are checked by their form; an empty one is null where that means something', () => {
    expect(readTyped('hfEndpoint', ' https://mirror.example ')).toEqual({ value: 'https://mirror.example' });
    expect(readTyped('hfEndpoint', 'https://me:secret@mirror.example')).toHaveProperty('problem', expect.stringContaining('without user'));
    expect(readTyped('hfEndpoint', '')).toHaveProperty('problem');
    expect(readTyped('huggingfaceCachePath', 'models')).toHaveProperty('problem', expect.stringContaining('absolute path'));
    expect(readTyped('huggingfaceCachePath', '~/models')).toEqual({ value: '~/models' });
    expect(readTyped('otelEndpoint', '')).toEqual({ value: null });
    expect(readTyped('enginePython', ' ')).toEqual({ value: null });
    expect(readTyped('maxMemoryGb', '')).toEqual({ value: null });
  });

  test('lists', () => {
    expect(problemOf('allowedOrigins', ['https://app.example'])).toBeNull();
    expect(problemOf('allowedOrigins', ['https://app.example/path'])).toMatch(/without a path/);
    expect(problemOf('allowedHosts', ['mac.example:80'])).toMatch(/without port/);
  });
});

test('told in words', () => {
  expect(tellValue('maxMemoryPercent', 80)).toBe('80 %');
  expect(tellValue('requestMaxRows', 200_000)).toBe('200,000 requests');
  expect(tellValue('ollamaPort', 11_434)).toBe('11434');
  expect(tellValue('onDemand', true)).toBe('On');
  expect(tellValue('allowedHosts', [])).toBe('None');
  expect(tellValue('modelFolders', ['~/models', '/x'])).toBe('~/models, /x');
  expect(tellValue('chatTitles', 'model')).toBe('Written by the model');
  expect(tellValue('enginePython', null)).toBe('Found by itself');
  expect(textOfValue(null)).toBe('');
  expect(textOfValue(0)).toBe('0');
});

test('where the agent listens', () => {
  expect(['127.0.0.1', '0.0.0.0', '::', '192.168.1.2', 'mac.local'].map(listenMode)).toEqual(['127.0.0.1', '0.0.0.0', '::', 'one', 'one']);
  expect(['localhost', 'LOCALHOST', '127.0.0.1', '127.1.2.3', '::1'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '192.168.1.2', '127.example.org', 'localhost.example.org'].some(isLoopback)).toBe(false);
});
