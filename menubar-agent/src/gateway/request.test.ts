import { withProfileDefaults } from './request.js';

describe('a profile’s defaults', () => {
  const owner = { systemPrompt: 'Be kind.', sampling: { temperature: 0.3, topP: 0.9, maxTokens: 50 } };
  const messages = [{ role: 'user', content: 'Hi' }];

  test('stand where the client says nothing', () => {
    expect(withProfileDefaults({ model: 'm', messages }, owner)).toEqual({
      model: 'm',
      temperature: 0.3,
      top_p: 0.9,
      max_tokens: 50,
      messages: [{ role: 'system', content: 'Be kind.' }, ...messages],
    });
  });

  test('give way to what the client says', () => {
    const body = {
      model: 'm',
      temperature: 0,
      max_completion_tokens: 9,
      messages: [{ role: 'system', content: 'Be brief.' }, ...messages],
    };
    expect(withProfileDefaults(body, owner)).toEqual({ ...body, top_p: 0.9 });
  });

  test('leave the client’s request as it was', () => {
    const body = { model: 'm', messages };
    withProfileDefaults(body, owner);
    expect(body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  });
});
