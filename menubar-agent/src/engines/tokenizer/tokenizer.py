"""Counts tokens with a model's own tokenizer and chat template. A child of the agent: one JSON request a line in, one JSON answer a line out.

Uses `tokenizers` and `jinja2` alone: all of transformers takes seconds to import. What a template sees follows
transformers' apply_chat_template (utils/chat_template_utils.py, 5.23) and how mlx_lm.server (0.32) calls it.
"""

import json
import os
import re
import signal
import sys
from collections import OrderedDict
from datetime import datetime

from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Scope
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from tokenizers import AddedToken, Tokenizer

# A large vocabulary takes some 100 MB.
KEPT_MODELS = 3

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
TEMPLATE = "chat_template.jinja"
# Of older vision models.
PROCESSOR_TEMPLATE = "chat_template.json"
SPECIAL = "special_tokens_map.json"
FILES = (TOKENIZER, CONFIG, TEMPLATE, PROCESSOR_TEMPLATE, SPECIAL)

SPECIAL_NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
THINKING = (("<think>", "</think>"), ("<longcat_think>", "</longcat_think>"), ("<|think:start|>", "<|think:end|>"), ("<|channel>", "<channel|>"))


class Refused(Exception):
    """What cannot be counted, with a reason for the log."""


class Generation(Extension):
    """`{% generation %}` marks for training what the assistant wrote; here its body is rendered as it is."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return Scope(body).set_lineno(line)


class CheckedNamespace(Namespace):
    """Names with an underscore in front could reach into Python."""

    def __setitem__(self, name, value):
        if isinstance(name, str) and name.startswith("_"):
            raise SecurityError("a template may not store underscore names in a namespace")
        super().__setitem__(name, value)


def make_namespace(*args, **values):
    space = CheckedNamespace()
    for name, value in dict(*args, **values).items():
        space[name] = value
    return space


class DictMaker:
    """`dict(…)` without the class's own attributes."""

    def __call__(self, *args, **values):
        return dict(*args, **values)

    def fromkeys(self, *args):
        return dict.fromkeys(*args)


def raise_exception(message):
    raise TemplateError(message)


def strftime_now(form):
    return datetime.now().strftime(form)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    # jinja's own escapes HTML.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = tojson
    made.globals.update(raise_exception=raise_exception, strftime_now=strftime_now, namespace=make_namespace, dict=DictMaker())
    return made


ENVIRONMENT = environment()


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except FileNotFoundError:
        return {}
    return value if isinstance(value, dict) else {}


def read_text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def content_of(token):
    if isinstance(token, dict):
        token = token.get("content")
    return token if isinstance(token, str) else None


def valid(text):
    """Half a surrogate pair, which JSON can carry, is no text to a tokenizer."""
    try:
        text.encode()
        return text
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Model:
    def __init__(self, folder):
        self.tokenizer = Tokenizer.from_file(os.path.join(folder, TOKENIZER))
        # Some files cut every text at their model's training length.
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        config = read_json(os.path.join(folder, CONFIG))
        self.special = self._special(config, read_json(os.path.join(folder, SPECIAL)))
        self._add_tokens(config.get("added_tokens_decoder"))
        self.templates = self._templates(folder, config)
        self.compiled = {}
        known = self.tokenizer.token_to_id
        # mlx_lm tells every template so (tokenizer_utils.py: apply_chat_template).
        self.thinking_tags = next(((start, end) for start, end in THINKING if known(start) is not None and known(end) is not None), None)
        self.thinking = self.thinking_tags is not None

    def _special(self, config, mapped):
        found = {}
        for name in SPECIAL_NAMES:
            token = content_of(config.get(name)) if name in config else content_of(mapped.get(name))
            if token is not None:
                found[name] = token
        further = config.get("extra_special_tokens")
        if isinstance(further, dict):
            found.update({name: content_of(token) for name, token in further.items() if content_of(token) is not None})
        return found

    def _add_tokens(self, decoder):
        """Tokens that only the configuration knows; transformers adds them too."""
        if not isinstance(decoder, dict):
            return
        for _, told in sorted(((int(at), told) for at, told in decoder.items()), key=lambda pair: pair[0]):
            text = content_of(told)
            if text is None or self.tokenizer.token_to_id(text) is not None:
                continue
            flags = {name: bool(told[name]) for name in ("single_word", "lstrip", "rstrip", "normalized") if name in told}
            token = AddedToken(text, special=bool(told.get("special")), **flags)
            (self.tokenizer.add_special_tokens if told.get("special") else self.tokenizer.add_tokens)([token])

    def _templates(self, folder, config):
        own = read_text(os.path.join(folder, TEMPLATE))
        found = own if own is not None else config.get("chat_template", read_json(os.path.join(folder, PROCESSOR_TEMPLATE)).get("chat_template"))
        if isinstance(found, str):
            return {"default": found}
        if isinstance(found, list):
            return {one["name"]: one["template"] for one in found if isinstance(one, dict) and "name" in one and "template" in one}
        return {}

    def template(self, tools, file):
        if file is not None:
            text = read_text(file)
        else:
            text = self.templates.get("tool_use" if tools is not None and "tool_use" in self.templates else "default")
        if text is None:
            raise Refused("the model has no chat template")
        if text not in self.compiled:
            if len(self.compiled) > 8:
                self.compiled.clear()
            self.compiled[text] = ENVIRONMENT.from_string(text)
        return self.compiled[text]

    def render(self, request):
        tools = request.get("tools") or None
        template = self.template(tools, request.get("template_file"))
        values = {**self.special, "enable_thinking": self.thinking, **(request.get("kwargs") or {})}
        values.update(messages=[prepared(message) for message in request["messages"]], tools=tools)
        values.setdefault("documents", None)
        values.setdefault("add_generation_prompt", True)
        return template.render(**values)

    def encode(self, text, special=False):
        return self.tokenizer.encode(valid(text), add_special_tokens=special)

    def count(self, text, special=False):
        return len(self.encode(text, special))

    def for_completion(self, prompt):
        """A completion puts the tokenizer's opening tokens in front: a template that writes them too would double them."""
        opening = self.special.get("bos_token")
        if opening and prompt.startswith(opening) and self.encode("", True).tokens[:1] == [opening]:
            return prompt[len(opening) :]
        return prompt


def prepared(message):
    """A message as mlx_lm.server and transformers give it to a template."""
    made = {name: value for name, value in message.items() if value is not None}
    content = made.get("content", "")
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(part.get("text", "") for part in content)
    made["content"] = content
    if made.get("tool_calls"):
        made["tool_calls"] = [with_object(call) for call in made["tool_calls"]]
    thought = next((made[name] for name in ("reasoning_content", "thinking", "reasoning") if name in made), None)
    if thought is not None:
        made = {"thinking": thought, **made, "reasoning_content": thought}
    return made


def with_object(call):
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str) or function["arguments"] == "":
        return call
    try:
        return {**call, "function": {**function, "arguments": json.loads(function["arguments"])}}
    except ValueError:
        return call  # the template shows it as it is


MODELS = OrderedDict()


def stamp(folder):
    """Changes with the files: a model may be downloaded anew."""
    marks = []
    for name in FILES:
        try:
            # Follows links: the hub cache holds links to blobs.
            told = os.stat(os.path.join(folder, name))
            marks.append((told.st_mtime_ns, told.st_size))
        except FileNotFoundError:
            marks.append(None)
    return tuple(marks)


def model_at(folder):
    now = stamp(folder)
    if now[0] is None:
        raise Refused("the model has no " + TOKENIZER)
    kept = MODELS.pop(folder, None)
    if kept is None or kept[0] != now:
        kept = (now, Model(folder))
    MODELS[folder] = kept
    while len(MODELS) > KEPT_MODELS:
        MODELS.popitem(last=False)
    return kept[1]


def answer(request):
    model = model_at(request["folder"])
    kind = request["kind"]
    if kind == "text":
        return {"tokens": model.count(request["text"], request.get("special", False))}
    prompt = model.render(request)
    if kind == "chat":
        return {"tokens": model.count(prompt)}
    return {"tokens": model.count(prompt), "prompt": model.for_completion(prompt), "thinking_tags": model.thinking_tags}


def main():
    out = sys.stdout
    out.write('{"ready": true}\n')
    out.flush()
    for line in sys.stdin:
        request = json.loads(line)
        # A template can loop for ever. The default action ends this process, even when its parent is gone.
        signal.alarm(request["seconds"])
        try:
            told = answer(request)
        except Exception as error:  # of a template, of a file: whatever it is, the next request may be sound
            told = {"error": re.sub(r"\s+", " ", f"{type(error).__name__}: {error}")[:500]}
        signal.alarm(0)
        out.write(json.dumps(told) + "\n")
        out.flush()


main()
