/** curl and the SDKs: programs that can be run as they stand. Sources: the READMEs of openai-python, openai-node, anthropic-sdk-python and anthropic-sdk-typescript. */
import { keyOf, keySteps, quoted, shell } from './text.js';
import type { ConnectTarget, Guide, GuideStep } from './types.js';

const QUESTION = 'What is the capital of France?';
const isEmbedding = (target: ConnectTarget): boolean => target.kind === 'embeddings';

export function curl(target: ConnectTarget): Guide {
  const { origin, model } = target;
  const auth = target.keyRequired ? ` \\\n  -H ${shell(`Authorization: Bearer ${keyOf(target)}`)}` : '';
  const post = (path: string, body: unknown): string =>
    `curl ${shell(origin + path)}${auth} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`;
  const messages = [{ role: 'user', content: QUESTION }];
  const ask: GuideStep[] = isEmbedding(target)
    ? [{ title: 'Embed a text', language: 'bash', code: post('/v1/embeddings', { model, input: QUESTION }) }]
    : [
        { title: 'Ask, as OpenAI’s API', language: 'bash', code: post('/v1/chat/completions', { model, messages }) },
        { title: 'Ask, as Anthropic’s API', language: 'bash', code: post('/v1/messages', { model, max_tokens: 1024, messages }) },
      ];
  return {
    id: 'curl',
    name: 'curl',
    summary: 'One request from the command line.',
    url: 'https://platform.openai.com/docs/api-reference/introduction',
    steps: [
      ...keySteps(target, 'curl'),
      ...ask,
      { title: 'List the models', language: 'bash', code: `curl ${shell(`${origin}/v1/models`)}${auth}` },
    ],
  };
}

export function openaiPython(target: ConnectTarget): Guide {
  const { origin, model } = target;
  const ask = isEmbedding(target)
    ? [`answer = client.embeddings.create(model=${quoted(model)}, input=${quoted(QUESTION)})`, 'print(len(answer.data[0].embedding))']
    : [
        'answer = client.chat.completions.create(',
        `    model=${quoted(model)},`,
        `    messages=[{"role": "user", "content": ${quoted(QUESTION)}}],`,
        ')',
        'print(answer.choices[0].message.content)',
      ];
  const start = ['from openai import OpenAI', '', `client = OpenAI(base_url=${quoted(`${origin}/v1`)}, api_key=${quoted(keyOf(target))})`];
  return {
    id: 'openai-python',
    name: 'OpenAI SDK for Python',
    summary: 'The package openai of PyPI.',
    url: 'https://github.com/openai/openai-python',
    steps: [
      ...keySteps(target, 'openai-python'),
      { title: 'Install', language: 'bash', code: 'pip install openai' },
      { title: 'Use', language: 'python', code: [...start, ...ask, ''].join('\n') },
    ],
  };
}

export function openaiJavascript(target: ConnectTarget): Guide {
  const { origin, model } = target;
  const ask = isEmbedding(target)
    ? [
        `const answer = await client.embeddings.create({ model: ${quoted(model)}, input: ${quoted(QUESTION)} });`,
        'console.log(answer.data[0].embedding.length);',
      ]
    : [
        'const answer = await client.chat.completions.create({',
        `  model: ${quoted(model)},`,
        `  messages: [{ role: "user", content: ${quoted(QUESTION)} }],`,
        '});',
        'console.log(answer.choices[0].message.content);',
      ];
  const start = [
    'import OpenAI from "openai";',
    '',
    `const client = new OpenAI({ baseURL: ${quoted(`${origin}/v1`)}, apiKey: ${quoted(keyOf(target))} });`,
  ];
  return {
    id: 'openai-javascript',
    name: 'OpenAI SDK for JavaScript',
    summary: 'The package openai of npm.',
    url: 'https://github.com/openai/openai-node',
    steps: [
      ...keySteps(target, 'openai-javascript'),
      { title: 'Install', language: 'bash', code: 'npm install openai' },
      { title: 'Use', text: 'As a file that ends in .mjs.', language: 'javascript', code: [...start, ...ask, ''].join('\n') },
    ],
  };
}

/** The address has no `/v1`: Anthropic's SDKs add it. */
export function anthropicPython(target: ConnectTarget): Guide {
  const { origin, model } = target;
  return {
    id: 'anthropic-python',
    name: 'Anthropic SDK for Python',
    summary: 'The package anthropic of PyPI.',
    url: 'https://github.com/anthropics/anthropic-sdk-python',
    steps: [
      ...keySteps(target, 'anthropic-python'),
      { title: 'Install', language: 'bash', code: 'pip install anthropic' },
      {
        title: 'Use',
        language: 'python',
        code: [
          'from anthropic import Anthropic',
          '',
          `client = Anthropic(base_url=${quoted(origin)}, api_key=${quoted(keyOf(target))})`,
          'answer = client.messages.create(',
          `    model=${quoted(model)},`,
          '    max_tokens=1024,',
          `    messages=[{"role": "user", "content": ${quoted(QUESTION)}}],`,
          ')',
          'print("".join(block.text for block in answer.content if block.type == "text"))',
          '',
        ].join('\n'),
      },
    ],
  };
}

export function anthropicJavascript(target: ConnectTarget): Guide {
  const { origin, model } = target;
  return {
    id: 'anthropic-javascript',
    name: 'Anthropic SDK for JavaScript',
    summary: 'The package @anthropic-ai/sdk of npm.',
    url: 'https://github.com/anthropics/anthropic-sdk-typescript',
    steps: [
      ...keySteps(target, 'anthropic-javascript'),
      { title: 'Install', language: 'bash', code: 'npm install @anthropic-ai/sdk' },
      {
        title: 'Use',
        text: 'As a file that ends in .mjs.',
        language: 'javascript',
        code: [
          'import Anthropic from "@anthropic-ai/sdk";',
          '',
          `const client = new Anthropic({ baseURL: ${quoted(origin)}, apiKey: ${quoted(keyOf(target))} });`,
          'const answer = await client.messages.create({',
          `  model: ${quoted(model)},`,
          '  max_tokens: 1024,',
          `  messages: [{ role: "user", content: ${quoted(QUESTION)} }],`,
          '});',
          'console.log(answer.content.map((block) => (block.type === "text" ? block.text : "")).join(""));',
          '',
        ].join('\n'),
      },
    ],
  };
}
