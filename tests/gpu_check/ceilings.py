"""What this card can do at most: a copy of 4 GiB, and a product of bfloat16 matrices of random numbers. JSON."""
import json
import time

import torch


def seconds(f, repeats=20):
    for _ in range(3):
        f()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(repeats):
        f()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats


n = 8192
a, b = (torch.randn(n, n, device="cuda", dtype=torch.bfloat16) for _ in range(2))
product = seconds(lambda: a @ b)
source = torch.empty(1 << 30, dtype=torch.float32, device="cuda")
target = torch.empty_like(source)
copy = seconds(lambda: target.copy_(source))
print(json.dumps({"card": torch.cuda.get_device_name(), "flops_per_s": 2 * n**3 / product,
                  "copy_bytes_per_s": 2 * source.numel() * 4 / copy}))
