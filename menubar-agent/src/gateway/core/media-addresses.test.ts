import { checkMediaAddresses } from './media-addresses.js';

const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, part] }] });
const png = `data:image/png;base64,${'A'.repeat(100)}`;

test.each([
  [{ type: 'image_url', image_url: { url: 'http://169.254.169.254/latest' } }],
  [{ type: 'image_url', image_url: 'https://example.org/a.png' }],
  [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
  [{ type: 'image_url', image_url: { url: '/etc/passwd' } }],
  [{ type: 'input_image', image_url: '~/secret.png' }],
  [{ type: 'video_url', video_url: { url: 'http://localhost:1/x' } }],
  [{ type: 'image', image: `/${'a'.repeat(100)}` }],
])('%j is refused', (part) => {
  expect(() => checkMediaAddresses(withPart(part))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});

test.each([
  [{ type: 'image_url', image_url: { url: png } }],
  [{ type: 'image_url', image_url: { url: 'A'.repeat(100) } }],
  [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
])('%j travels inside the request', (part) => {
  expect(() => checkMediaAddresses(withPart(part))).not.toThrow();
});

test('text with addresses in it is text', () => {
  expect(() => checkMediaAddresses({ messages: [{ role: 'user', content: 'see http://localhost/' }] })).not.toThrow();
  expect(() => checkMediaAddresses({ prompt: 'x' })).not.toThrow();
});
