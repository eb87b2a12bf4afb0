import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHubToken } from './token.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mlx-manager-token-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const put = (path: string, token: string): void => {
  mkdirSync(join(home, path, '..'), { recursive: true });
  writeFileSync(join(home, path), token);
};

test('Hugging Face’s token file is found where its own tools look', () => {
  expect(readHubToken({}, home)).toBeNull();
  put('.cache/huggingface/token', ' hf_default\n');
  expect(readHubToken({}, home)).toBe('hf_default');
  put('xdg/huggingface/token', 'hf_xdg');
  expect(readHubToken({ XDG_CACHE_HOME: join(home, 'xdg') }, home)).toBe('hf_xdg');
  put('hf-home/token', 'hf_home\r\n');
  expect(readHubToken({ HF_HOME: '~/hf-home', XDG_CACHE_HOME: join(home, 'xdg') }, home)).toBe('hf_home');
  put('elsewhere', 'hf_path');
  expect(readHubToken({ HF_TOKEN_PATH: join(home, 'elsewhere'), HF_HOME: '~/hf-home' }, home)).toBe('hf_path');
});

test('an empty file is no token; a folder in its place is an error, not silence', () => {
  put('.cache/huggingface/token', '\n');
  expect(readHubToken({}, home)).toBeNull();
  expect(() => readHubToken({ HF_TOKEN_PATH: home }, home)).toThrow('EISDIR');
});
