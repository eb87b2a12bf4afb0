"""Compares a converted model with its GGUF file, which is read here with struct and numpy alone (ggml's docs/gguf.md, ggml-common.h)."""

import struct
import sys

import mlx.core as mx
import numpy as np

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
Q4_1, Q8_0 = 3, 8


def open_gguf(path):
    data = open(path, "rb").read()
    position = 0

    def take(code):
        nonlocal position
        value = struct.unpack_from("<" + code, data, position)[0]
        position += struct.calcsize("<" + code)
        return value

    def text():
        nonlocal position
        length = take("Q")
        position += length
        return data[position - length : position].decode()

    def value(kind):
        if kind == STRING:
            return text()
        if kind == ARRAY:
            inner, count = take("I"), take("Q")
            return [value(inner) for _ in range(count)]
        return take(SCALARS[kind])

    assert take("I") == 0x46554747 and take("I") == 3
    tensor_count, pair_count = take("Q"), take("Q")
    metadata = {}
    for _ in range(pair_count):
        key = text()
        metadata[key] = value(take("I"))
    tensors = {}
    for _ in range(tensor_count):
        name = text()
        shape = [take("Q") for _ in range(take("I"))][::-1]
        tensors[name] = (shape, take("I"), take("Q"))
    alignment = metadata.get("general.alignment", 32)
    start = (position + alignment - 1) // alignment * alignment
    return data, start, tensors, metadata


def decode(data, start, tensor):
    """float32 of a Q4_1 or Q8_0 tensor: blocks of 32 values along a row."""
    (rows, columns), kind, offset = tensor
    blocks = rows * columns // 32
    size = {Q4_1: 20, Q8_0: 34}[kind]
    raw = np.frombuffer(data, np.uint8, blocks * size, start + offset).reshape(blocks, size)
    scale = raw[:, :2].copy().view(np.float16).astype(np.float32)
    if kind == Q8_0:
        return (scale * raw[:, 2:].view(np.int8)).reshape(rows, columns)
    least = raw[:, 2:4].copy().view(np.float16).astype(np.float32)
    low, high = raw[:, 4:] & 15, raw[:, 4:] >> 4
    return (scale * np.concatenate([low, high], axis=1) + least).reshape(rows, columns)


def rotary_halves(rows, heads):
    """Row 2 i + s of a head in GGUF is row (s * half + i) in Hugging Face's order."""
    head = rows.shape[0] // heads
    half = head // 2
    return rows[[h * head + 2 * i + s for h in range(heads) for s in range(2) for i in range(half)]]


gguf, model = sys.argv[1:]
data, start, tensors, metadata = open_gguf(gguf)
weights = mx.load(model + "/model.safetensors")
for name, ours, heads in [
    ("blk.0.ffn_down", "model.layers.0.mlp.down_proj", None),
    ("blk.29.attn_v", "model.layers.29.self_attn.v_proj", None),
    ("blk.7.attn_q", "model.layers.7.self_attn.q_proj", metadata["llama.attention.head_count"]),
    ("blk.7.attn_k", "model.layers.7.self_attn.k_proj", metadata["llama.attention.head_count_kv"]),
    ("token_embd", "model.embed_tokens", None),
]:
    tensor = tensors[name + ".weight"]
    expected = decode(data, start, tensor)
    if heads:
        expected = rotary_halves(expected, heads)
    packed, scales, biases = (weights[f"{ours}.{part}"] for part in ("weight", "scales", "biases"))
    bits = packed.shape[1] * 32 // expected.shape[1]
    # The float16 scales are widened first: float32 holds scale * value exactly, so that every bit must agree.
    found = mx.dequantize(packed, scales.astype(mx.float32), biases.astype(mx.float32), group_size=32, bits=bits)
    same = np.array_equal(np.array(found), expected)
    print(name, {Q4_1: "Q4_1", Q8_0: "Q8_0"}[tensor[1]], "same" if same else "DIFFERENT")
