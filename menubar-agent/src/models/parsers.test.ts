import { chatTemplateOf, toolsAndThinking } from './parsers.js';
import type { ModelFacts } from './facts.js';

const facts = (template: string | null, modelType: string | null = null, more: Partial<ModelFacts> = {}): ModelFacts => ({
  modelId: 'owner/model',
  config: modelType === null ? null : { model_type: modelType },
  chatTemplate: template,
  tags: [],
  ...more,
});

/** Telling pieces of published templates; llama.cpp is github.com/ggml-org/llama.cpp models/templates, ye-NX a public fork of it. */
const PUBLISHED = [
  {
    model: 'Mistral-Small-3.1 (llama.cpp)',
    type: 'mistral3',
    template: `{%- if not tools is defined %}{%- set tools = none %}{%- if tools is not none and (message == user_messages[-1]) %}{{- "[AVAILABLE_TOOLS] [" }}{{- "[TOOL_CALLS] [" }}`,
    expected: [true, null, false, null],
  },
  {
    model: 'Llama-3.2-3B-Instruct (ye-NX)',
    type: 'llama',
    template: `{%- if not tools is defined %}{%- if tools is not none %}{{- 'Respond in the format {"name": function name, "parameters": dictionary' }}{%- if add_generation_prompt %}`,
    expected: [true, null, false, null],
  },
  {
    model: 'Phi-4-mini-instruct (llama.cpp)',
    type: 'phi3',
    template: `{%- if tools is defined -%}{% for tool in tools %}{{- '<|tool|>' }}respond in this format: <|tool_call|>{"name": "foo", "arguments": {"a": 1}}<|/tool_call|>`,
    expected: [true, null, false, null],
  },
  {
    model: 'Command R7B, tool use (llama.cpp)',
    type: 'cohere2',
    template: `{% if tools or documents %}Start by writing <|START_THINKING|> followed by a plan. 1. Action: write <|START_ACTION|>`,
    expected: [true, null, true, null],
  },
  {
    model: 'LFM2 (llama.cpp)',
    type: 'lfm2',
    template: `{%- if tools -%}"List of tools: <|tool_list_start|>["{%- set content = "<|tool_call_start|>[" + ns_tc.result + "]<|tool_call_end|>" + content -%}"arguments"`,
    expected: [true, null, false, null],
  },
  {
    model: 'DeepSeek-R1-Distill-Qwen-32B (llama.cpp): renders calls, but takes no tools',
    type: 'qwen2',
    template: `{%- for tool in message['tool_calls']-%}<｜tool▁calls▁begin｜>{%- if '</think>' in content -%}{%- if add_generation_prompt and not ns.is_tool -%}{{'<｜Assistant｜><think>\\n'}}`,
    expected: [false, null, true, 'qwen3_moe'],
  },
  {
    model: 'DeepSeek-V3.1 (llama.cpp): opens the thought only on request',
    type: 'deepseek_v3',
    template: `{%- if enable_thinking is defined -%}{%- for tool in message['tool_calls'] -%}{%- if add_generation_prompt and ns.is_last_user and not ns.is_tool -%}{{'<｜Assistant｜>'}}{%- if not thinking -%}{{'</think>'}}{%- else -%}{{'<think>'}}`,
    expected: [false, null, true, 'qwen3'],
  },
  {
    model: 'Kimi-K2-Thinking (llama.cpp)',
    type: 'kimi_k2',
    template: `<|tool_calls_section_begin|>{%- if tools -%}<think></think>{{render_content(message)}}<think>{{rc}}</think>{%- if add_generation_prompt -%}<|im_assistant|>assistant<|im_middle|>`,
    expected: [true, 'kimi_k2', true, 'kimi_k2'],
  },
  {
    model: 'SmolLM3-3B (a fork of llama.cpp)',
    type: 'smollm3',
    template: `{%- if enable_thinking is not defined -%}<think> Thought section </think> Solution section{%- if add_generation_prompt -%}{{ "<|im_start|>assistant\\n" + "<think>\\n\\n</think>\\n" }}`,
    expected: [false, null, true, 'qwen3'],
  },
] as const;

test.each(PUBLISHED)('$model', ({ type, template, expected }) => {
  const found = toolsAndThinking(facts(template, type));
  expect([found.toolUse, found.toolCallParser, found.thinking, found.reasoningParser]).toEqual(expected);
});

const TOOLS = '{%- if tools %}';
test.each([
  ['<start_function_call>', 'functiongemma', 'gemma3'],
  ['<longcat_tool_call>', 'longcat_flash_lite', 'longcat_flash'],
  ['<|tool_call:begin|>', 'solar_open', 'solar_open'],
  ['<tool_call>\n<function=', 'nemotron3_nano', 'nemotron_h'],
  ['<tool_call>\n<function=', 'step_35', 'step3p5'],
  ['<tool_call>\n<function=', 'qwen3_coder', 'qwen3_5'],
  ['<tool_call>{"arguments"', 'qwen3_moe', 'qwen3_moe'],
  ['<tool_call>{"arguments"', 'qwen3_vl', 'qwen3_vl_moe'],
  ['<tool_call>{"arguments"', 'hermes', 'granitemoehybrid'],
])('%s is read by %s for %s', (mark, parser, type) => {
  expect(toolsAndThinking(facts(TOOLS + mark, type)).toolCallParser).toBe(parser);
  // The same form without a way to hand tools to the model is no tool use.
  expect(toolsAndThinking(facts(mark, type))).toMatchObject({ toolUse: false, toolCallParser: null });
});

describe('thoughts the prompt opens itself', () => {
  const prompt = (tail: string) => `<think>{%- if add_generation_prompt %}${tail}`;
  test.each([
    [prompt(`{{- '<|im_start|>assistant\\n<think>\\n' }}`), 'qwen3_moe', 'qwen3'],
    [
      prompt(`{%- if enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- else %}{{- '<think>\\n' }}{%- endif %}`),
      'qwen3_5',
      'qwen3_5',
    ],
    [`<arg_key>` + prompt(`<|assistant|>{{- '</think>' if not enable_thinking else '<think>' -}}`), 'glm47_flash', 'glm4_moe_lite'],
    [prompt(`{{- '<think>\\n' }}`), 'nemotron3_nano', 'nemotron_h'],
    [prompt(`{{- '<think>\\n' }}`), 'step_35', 'step3p5'],
    [prompt(`{{- '<|im_start|>assistant\\n' }}`), 'hermes', 'llama'],
  ])('%s → %s (%s)', (template, parser, type) => {
    expect(toolsAndThinking(facts(template, type)).reasoningParser).toBe(parser);
  });

  test('thoughts in other marks are known, but no parser reads them', () => {
    for (const mark of ['[THINK]', '<seed:think>', '<longcat_think>']) {
      expect(toolsAndThinking(facts(mark))).toMatchObject({ thinking: true, reasoningParser: null });
    }
    expect(toolsAndThinking(facts('<|think|>x<|content|>'))).toMatchObject({ thinking: true, reasoningParser: 'solar_open' });
  });
});

test('the words of a prompt are no variable', () => {
  expect(toolsAndThinking(facts("{{ '# Tools: you may use tools.' }}")).toolUse).toBe(false);
  expect(toolsAndThinking(facts('{%- if tools_in_user_message %}')).toolUse).toBe(false);
});

describe('without a template', () => {
  test('GPT-OSS speaks harmony all the same', () => {
    expect(toolsAndThinking(facts(null, 'gpt_oss'))).toEqual({
      toolUse: true,
      toolCallParser: 'harmony',
      thinking: true,
      reasoningParser: 'harmony',
    });
  });
  test('others show nothing', () => {
    expect(toolsAndThinking(facts(null, 'qwen3'))).toEqual({
      toolUse: false,
      toolCallParser: null,
      thinking: false,
      reasoningParser: null,
    });
  });
  test("mlx-lm's own parser name and the repository's tags count", () => {
    const stated = facts(null, 'glm4_moe', { tokenizerConfig: { tool_parser_type: 'glm47' } });
    expect(toolsAndThinking(stated)).toMatchObject({ toolUse: true, toolCallParser: 'glm4_moe' });
    expect(toolsAndThinking(facts(null, 'lfm2', { tokenizerConfig: { tool_parser_type: 'pythonic' } }))).toMatchObject({
      toolUse: true,
      toolCallParser: null,
    });
    expect(toolsAndThinking(facts(null, null, { tags: ['Function-Calling'] }))).toMatchObject({ toolUse: true, toolCallParser: null });
  });
});

test('where the template is: the file, the extract, the tokenizer, and several named ones', () => {
  const named = [{ name: 'default', template: 'a' }, { name: 'tool_use', template: 'b' }, null, 7];
  expect(chatTemplateOf(facts('file', null, { config: { chat_template_jinja: 'hub' } }))).toBe('file');
  expect(chatTemplateOf(facts(null, null, { config: { chat_template_jinja: 'hub', tokenizer_config: { chat_template: 'old' } } }))).toBe(
    'hub',
  );
  expect(chatTemplateOf(facts(null, null, { tokenizerConfig: { chat_template: named } }))).toBe('a\nb');
  expect(chatTemplateOf(facts(null, null, { config: { tokenizer_config: { chat_template: named } } }))).toBe('a\nb');
  expect(chatTemplateOf(facts(' ', null, { tokenizerConfig: { chat_template: [] } }))).toBeNull();
});
