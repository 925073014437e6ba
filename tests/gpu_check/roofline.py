"""What a training step can reach at most on an H200, derived and not measured: each kernel of a step takes the time of its
bytes at the card's bandwidth or of its products at what cuBLAS reaches. Gaps between kernels and waits are left out.

    python3 tests/gpu_check/roofline.py"""
PEAK = 989e12       # FLOP/s in bfloat16, NVIDIA's data sheet
PRODUCTS = 700e12   # FLOP/s that cuBLAS and grouped products reach at such sizes
ATTENTION = 450e12  # FLOP/s of flash attention, forward and backward together
COPY = 4.3e12       # bytes/s
WIDE, NARROW = 4, 2  # bytes of float32 and bfloat16


def step(layers, d, f, heads, kv_heads, vocabulary, context, tokens, experts=0, chosen=0):
    """(share of the peak, tokens a second, milliseconds of each part) of a step of one micro-batch."""
    head_dim = d // heads
    qkv = (heads + 2 * kv_heads) * head_dim
    rows = tokens * (chosen or 1)  # of the FFN
    ffn = 3 * d * f
    held = d * qkv + d * d + ffn * (experts or 1)
    active = d * qkv + d * d + ffn * (chosen or 1)
    attended = 4 * tokens * context * d / 2 * 3.5  # causal, backward with the scores computed again
    moved = {
        "norms": 2 * (4 + 4) * tokens * d * NARROW,              # x, added, sum, y; dy, s, dsum, dx
        "rotary": (2 + 2) * tokens * qkv * NARROW,               # forward, backward
        "swiglu": (3 + 5) * rows * f * NARROW,
        "gradients of weights": held * 2 * WIDE,                 # added in float32
        "AdamW": held * (7 * WIDE + NARROW + WIDE),              # w, gradient, m, v; w, m, v, copy; gradient to zero
    }
    if experts:
        # gather x twice and dy once, combine y and dx, weight x activation
        moved["rows of experts"] = (3 * (tokens + rows) + 2 * (rows + tokens)) * d * NARROW + rows * f * NARROW
        moved["router"] = 8 * tokens * experts * WIDE
        moved["gate"] = (2 + 1 + 3) * tokens * d * NARROW  # x twice; dx, which is added to the experts'
    times = {name: layers * count / COPY for name, count in moved.items()}
    times["products"] = layers * 6 * active * tokens / PRODUCTS
    times["attention"] = layers * attended / ATTENTION
    times["head"] = 6 * d * vocabulary * tokens / PRODUCTS + 3 * tokens * vocabulary * NARROW / COPY
    times["head"] += d * vocabulary * (2 * WIDE + 3 * WIDE + 7 * WIDE + NARROW) / COPY
    seconds = sum(times.values())
    useful = layers * (6 * active * tokens + 3 * 4 * tokens * context * d / 2) + 6 * d * vocabulary * tokens
    return useful / seconds / PEAK, tokens / seconds, {name: 1e3 * t for name, t in times.items()}


def main():
    large = dict(layers=22, d=2048, f=5632, heads=32, kv_heads=4, vocabulary=32000, context=2048)
    small = dict(layers=30, d=576, f=1536, heads=9, kv_heads=3, vocabulary=49152, context=2048)
    for name, shape in (("1.1B, 16 K tokens", dict(large, tokens=16384)), ("135M, 32 K tokens", dict(small, tokens=32768)),
                        ("4 x 1.1B top-2, 16 K tokens", dict(large, tokens=16384, experts=4, chosen=2))):
        share, rate, times = step(**shape)
        parts = ", ".join(f"{part} {time:.1f}" for part, time in sorted(times.items(), key=lambda item: -item[1]))
        print(f"{name}: at most {100 * share:.0f} % of the peak, {rate / 1e3:.0f} thousand tokens/s; ms: {parts}")


main()
