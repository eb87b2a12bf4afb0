"""The official openai package of PyPI against the gateway: argument is the base URL, the output is one JSON object."""
import json
import sys

import openai
from openai import OpenAI

base, model = sys.argv[1:3]
client = OpenAI(base_url=base, api_key="any", max_retries=0)
off = {"chat_template_kwargs": {"enable_thinking": False}}
capital = [{"role": "user", "content": "What is the capital of France?"}]
weather = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
seen = {}

# From nothing loaded, by the model's name alone.
plain = client.chat.completions.create(model=model, messages=capital, temperature=0, extra_body=off)
seen["plain"] = [plain.choices[0].message.content, plain.choices[0].finish_reason, plain.usage.completion_tokens]

text, usage = "", None
stream = client.chat.completions.create(
    model=model, messages=capital, temperature=0, stream=True, stream_options={"include_usage": True}, extra_body=off
)
for chunk in stream:
    for choice in chunk.choices:
        text += choice.delta.content or ""
    usage = chunk.usage or usage
seen["streamed"] = [text, usage.completion_tokens]

thinking = client.chat.completions.create(model=model, messages=capital, temperature=0, max_tokens=2000)
seen["thinking"] = ["capital" in thinking.choices[0].message.reasoning_content, thinking.choices[0].message.content]

messages = [{"role": "user", "content": "What is the weather in Paris?"}]
asked = client.chat.completions.create(model=model, messages=messages, tools=[weather], temperature=0, extra_body=off)
call = asked.choices[0].message.tool_calls[0]
messages += [
    asked.choices[0].message.model_dump(exclude_none=True),
    {"role": "tool", "tool_call_id": call.id, "content": "18 degrees and sunny"},
]
told = client.chat.completions.create(model=model, messages=messages, tools=[weather], temperature=0, extra_body=off)
seen["tools"] = [call.function.name, json.loads(call.function.arguments), asked.choices[0].finish_reason, told.choices[0].message.content]

with client.chat.completions.create(
    model=model, messages=[{"role": "user", "content": "Count to 100."}], temperature=0, stream=True, extra_body=off
) as left:
    seen["left after"] = len([next(left) for _ in range(5)])

try:
    client.chat.completions.create(model="nobody", messages=capital)
except openai.NotFoundError as error:
    seen["unknown"] = error.code
try:
    client.embeddings.create(model=model, input="cat")
except openai.BadRequestError as error:
    seen["cannot"] = error.code

response = client.responses.create(model=model, input="What is the capital of France?", temperature=0, reasoning={"effort": "none"})
seen["response"] = [response.output_text, response.status]

if len(sys.argv) > 3:
    vectors = client.embeddings.create(model=sys.argv[3], input=["cat", "kitten", "train"]).data
    cos = lambda a, b: sum(x * y for x, y in zip(a.embedding, b.embedding))
    seen["embeddings"] = [len(vectors[0].embedding), cos(vectors[0], vectors[1]) > cos(vectors[0], vectors[2])]

seen["models"] = [one.id for one in client.models.list()]
print(json.dumps(seen))
