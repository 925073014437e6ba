#!/usr/bin/env python3
"""models.py DIR: small checkpoints with random weights, made and saved by transformers."""
import json
import pathlib
import sys

import torch
from transformers import LlamaConfig, LlamaForCausalLM, MixtralConfig, MixtralForCausalLM

# Weights as large as these make logits of a trained model's size; norms other than 1 are seen, too.
COMMON = {"vocab_size": 500, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 112,
          "max_position_embeddings": 64, "initializer_range": 0.1, "bos_token_id": None, "eos_token_id": None}
GROUPED = {**COMMON, "num_key_value_heads": 2, "head_dim": 24, "rope_theta": 500000.0, "rms_norm_eps": 1e-6,
           "tie_word_embeddings": False}


def save(model, folder):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
    model.save_pretrained(folder)


def name_experts(folder, experts, chosen):
    """btx reads the names of experts and their router from a block of its own."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    names = [f"e{i}" for i in range(experts)]
    config["btx"] = {"version": 1, "mixture": [True] * config["num_hidden_layers"],
                     "experts": [{"name": n, "domain": n, "group": n} for n in names],
                     "router": {"type": "top_k", "params": {"k": chosen}, "granularity": "ffn"}}
    path.write_text(json.dumps(config, indent=2))


def main(root):
    torch.manual_seed(1)
    save(LlamaForCausalLM(LlamaConfig(**COMMON, tie_word_embeddings=True)), root / "llama_tied")
    save(LlamaForCausalLM(LlamaConfig(**GROUPED)), root / "llama_grouped")
    for experts, chosen in [(8, 2), (4, 1), (3, 3)]:
        folder = root / f"mixtral_{chosen}_of_{experts}"
        save(MixtralForCausalLM(MixtralConfig(**GROUPED, num_local_experts=experts, num_experts_per_tok=chosen,
                                              sliding_window=None)), folder)
        name_experts(folder, experts, chosen)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
