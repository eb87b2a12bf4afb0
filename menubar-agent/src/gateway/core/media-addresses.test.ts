import { checkMediaAddresses, mediaIn } from './media-addresses.js';

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
  [{ type: 'input_audio', input_audio: { data: '/etc/passwd' } }],
  [{ type: 'input_audio', input_audio: { data: 'https://example.org/a.wav' } }],
  [{ type: 'input_audio', input_audio: { data: 'sound.wav' } }],
  [{ type: 'input_audio', input_audio: '~/sound' }],
  [{ type: 'input_audio', input_audio: { data: ['/etc/passwd'] } }],
])('%j is refused', (part) => {
  expect(() => checkMediaAddresses(withPart(part))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
});

test.each([
  [{ type: 'image_url', image_url: { url: png } }],
  [{ type: 'image_url', image_url: { url: 'A'.repeat(100) } }],
  [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
  [{ type: 'input_audio', input_audio: { data: 'data:audio/wav;base64,AA+/\nAA==' } }],
])('%j travels inside the request', (part) => {
  expect(() => checkMediaAddresses(withPart(part))).not.toThrow();
});

test('text with addresses in it is text', () => {
  expect(() => checkMediaAddresses({ messages: [{ role: 'user', content: 'see http://localhost/' }] })).not.toThrow();
  expect(() => checkMediaAddresses({ prompt: 'x' })).not.toThrow();
});

test.each([
  ['openai', 'body.messages[1] '],
  ['responses', 'input '],
  ['anthropic', 'body.messages '],
] as const)('the place is named as a client of %s knows it', (protocol, place) => {
  const messages = [{ role: 'system', content: 'x' }, ...withPart({ type: 'input_audio', input_audio: { data: '/x' } }).messages];
  expect(() => checkMediaAddresses({ messages }, protocol)).toThrow(
    expect.objectContaining({ details: { problem: expect.stringContaining(place) } }),
  );
});

test('what a request shows and plays', () => {
  expect(mediaIn(withPart({ type: 'text', text: 'image_url' }))).toBeNull();
  expect(mediaIn({ messages: [{ role: 'user', content: 'Hi' }, null] })).toBeNull();
  expect(mediaIn({ input: ['a'] })).toBeNull();
  expect(mediaIn(withPart({ type: 'image_url', image_url: { url: png } }))).toBe('pictures');
  expect(mediaIn(withPart({ image_url: png }))).toBe('pictures');
  expect(mediaIn(withPart({ type: 'input_audio', input_audio: { data: 'AAAA' } }))).toBe('sounds');
  const both = [
    { type: 'video_url', video_url: 'data:,x' },
    { type: 'image', image: png },
  ];
  expect(mediaIn({ messages: [{ role: 'tool', content: both }] })).toBe('films and pictures');
});
