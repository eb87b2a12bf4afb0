"""The official anthropic package of PyPI against the gateway: argument is the base URL, the output is one JSON object."""
import json
import sys

import anthropic

base, model = sys.argv[1:3]
# This release takes no temperature as an argument any more; the gateway does.
cold = {"temperature": 0}
client = anthropic.Anthropic(base_url=base, api_key="any", max_retries=0)
capital = [{"role": "user", "content": "What is the capital of France?"}]
weather = {
    "name": "get_weather",
    "description": "Get the weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
seen = {}

plain = client.messages.create(model=model, max_tokens=200, messages=capital, extra_body=cold)
seen["plain"] = [plain.content[0].text, plain.stop_reason, plain.usage.output_tokens]

with client.messages.stream(model=model, max_tokens=200, messages=capital, extra_body=cold) as stream:
    text = "".join(stream.text_stream)
    final = stream.get_final_message()
seen["streamed"] = [text, final.usage.output_tokens]

thinking = client.messages.create(
    model=model, max_tokens=2000, messages=capital, thinking={"type": "enabled", "budget_tokens": 1024}
)
seen["thinking"] = [block.type for block in thinking.content]

messages = [{"role": "user", "content": "What is the weather in Paris?"}]
asked = client.messages.create(model=model, max_tokens=200, messages=messages, tools=[weather], extra_body=cold)
use = next(block for block in asked.content if block.type == "tool_use")
messages += [
    {"role": "assistant", "content": asked.content},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "18 degrees and sunny"}]},
]
told = client.messages.create(model=model, max_tokens=200, messages=messages, tools=[weather], extra_body=cold)
seen["tools"] = [use.name, use.input, asked.stop_reason, told.content[0].text]

with client.messages.create(
    model=model, max_tokens=400, messages=[{"role": "user", "content": "Count to 100."}], stream=True
) as left:
    seen["left after"] = len([next(left) for _ in range(5)])

try:
    client.messages.create(model="nobody", max_tokens=9, messages=capital)
except anthropic.NotFoundError as error:
    seen["unknown"] = error.body["error"]["type"]
cut = client.messages.create(model=model, max_tokens=3, messages=capital, extra_body=cold)
seen["cut"] = cut.stop_reason
seen["count"] = client.messages.count_tokens(model=model, messages=capital, tools=[weather]).input_tokens
seen["models"] = [one.id for one in client.models.list()]
print(json.dumps(seen))
