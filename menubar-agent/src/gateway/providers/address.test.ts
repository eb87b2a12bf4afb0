import { isPrivateHost, providerCreate } from '@mlx-manager/shared';
import { z } from 'zod';
import { endpointOf, headersOf } from './address.js';

test.each([
  ['openai', 'https://api.openai.com/v1', '/v1/chat/completions', 'https://api.openai.com/v1/chat/completions'],
  ['openai', 'https://api.openai.com', '/v1/models', 'https://api.openai.com/v1/models'],
  ['openai', 'https://openrouter.ai/api/v1/', '/v1/chat/completions', 'https://openrouter.ai/api/v1/chat/completions'],
  ['openai', 'https://x.googleapis.com/v1beta/openai', '/v1/models', 'https://x.googleapis.com/v1beta/openai/models'],
  ['anthropic', 'https://api.anthropic.com', '/v1/messages', 'https://api.anthropic.com/v1/messages'],
  ['anthropic', 'https://api.anthropic.com/v1/', '/v1/messages', 'https://api.anthropic.com/v1/messages'],
  ['anthropic', 'https://api.deepseek.com/anthropic', '/v1/messages', 'https://api.deepseek.com/anthropic/v1/messages'],
] as const)('%s %s %s', (protocol, baseUrl, path, expected) => {
  expect(endpointOf({ protocol, baseUrl }, path)).toBe(expected);
});

test('headers: the key in the protocol’s way, the owner’s own besides', () => {
  const at = { id: 1, name: 'x', baseUrl: 'https://x.example', headers: { 'HTTP-Referer': 'me', 'Anthropic-Version': '2099-01-01' } };
  expect(headersOf({ ...at, protocol: 'openai' }, 'k')).toMatchObject({ authorization: 'Bearer k', 'http-referer': 'me' });
  const anthropic = headersOf({ ...at, protocol: 'anthropic' }, 'k');
  expect(anthropic).toMatchObject({ 'x-api-key': 'k', 'anthropic-version': '2099-01-01' });
  expect(anthropic).not.toHaveProperty('authorization');
  expect(Object.keys(headersOf({ ...at, protocol: 'openai', headers: {} }, null))).toEqual(['user-agent']);
});

test.each([
  ['http://127.0.0.1:8080', true],
  ['http://localhost:8080/v1', true],
  ['http://[::1]:1', true],
  ['http://192.168.1.7', true],
  ['http://172.31.0.1', true],
  ['http://100.100.1.1', true],
  ['http://studio.local:10239', true],
  ['http://[fd12::1]', true],
  ['https://api.example.com/v1', true],
  ['http://api.example.com', false],
  ['http://172.32.0.1', false],
  ['http://8.8.8.8', false],
  ['http://127.0.0.1.example.com', false],
  ['http://localhost.example.com', false],
  ['http://[2001:db8::1]', false],
  // A number is an address too, and is read as one.
  ['http://134744072/', false],
  ['https://me:secret@api.example.com', false],
  ['https://api.example.com?key=x', false],
  ['https://api.example.com#x', false],
  ['ftp://api.example.com', false],
  ['file:///etc/passwd', false],
  ['nonsense', false],
])('base_url %s: %s', (baseUrl, accepted) => {
  expect(z.safeDecode(providerCreate, { name: 'x', protocol: 'openai', base_url: baseUrl }).success).toBe(accepted);
});

test.each([
  ['authorization', false],
  ['X-Api-Key', false],
  ['cookie', false],
  ['host', false],
  ['bad name', false],
  ['http-referer', true],
])('a header %s: %s', (name, accepted) => {
  const provider = { name: 'x', protocol: 'openai', base_url: 'https://x.example', headers: { [name]: 'y' } } as const;
  expect(z.safeDecode(providerCreate, provider).success).toBe(accepted);
});

test('a key or a header that breaks its line is refused', () => {
  const provider = { name: 'x', protocol: 'openai', base_url: 'https://x.example' } as const;
  expect(z.safeDecode(providerCreate, { ...provider, key: 'a\r\nb' }).success).toBe(false);
  expect(z.safeDecode(providerCreate, { ...provider, headers: { x: 'a\nb' } }).success).toBe(false);
  expect(isPrivateHost('169.254.1.1')).toBe(true);
});
