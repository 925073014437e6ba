"""transformers_step.py eager|compiled EXPERTS KEY=VALUE...: training steps of transformers of a recipe's shape, JSON.

bfloat16 weights and fused AdamW without float32 masters, which is less work than a step of btx: what favours transformers."""
import json
import statistics
import sys
import time

import torch
import transformers

variant, experts = sys.argv[1], int(sys.argv[2])
recipe = {"model.layers": 6, "model.hidden_size": 192, "model.heads": 6, "model.kv_heads": 2, "model.ffn_size": 512,
          "model.context": 256, "tokenizer.vocab_size": 4096}  # recipes/quickstart.toml
recipe.update({key: value for key, value in (change.split("=") for change in sys.argv[3:])})
size = {key: int(value) for key, value in recipe.items() if str(value).isdigit()}
shape = dict(vocab_size=size["tokenizer.vocab_size"], hidden_size=size["model.hidden_size"],
             intermediate_size=size["model.ffn_size"], num_hidden_layers=size["model.layers"],
             num_attention_heads=size["model.heads"], num_key_value_heads=size["model.kv_heads"],
             max_position_embeddings=size["model.context"], use_cache=False)
if experts:
    config = transformers.MixtralConfig(num_local_experts=experts, num_experts_per_tok=2, output_router_logits=True, **shape)
    model = transformers.MixtralForCausalLM(config)
else:
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape))
model = model.to("cuda", torch.bfloat16).train()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
run = torch.compile(model) if variant == "compiled" else model
context, rows = size["model.context"], size["train.micro_batch"]
passes = size["train.batch_tokens"] // (rows * context)


def step():
    optimizer.zero_grad(set_to_none=True)
    for _ in range(passes):
        tokens = torch.randint(0, shape["vocab_size"], (rows, context), device="cuda")
        (run(input_ids=tokens, labels=tokens).loss / passes).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    torch.cuda.synchronize()


times = []
for _ in range(13):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
print(json.dumps({"tokens_per_s": passes * rows * context / statistics.median(times[3:]),
                  "peak_bytes": torch.cuda.max_memory_allocated()}))
