#!/usr/bin/env python3
"""models.py DIR: small checkpoints with random weights, made and saved by transformers."""
import pathlib
import sys

import torch
from transformers import (LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, MixtralConfig,
                          MixtralForCausalLM)

# Weights as large as these make logits of a trained model's size; norms other than 1 are seen, too.
COMMON = {"vocab_size": 500, "hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 112,
          "max_position_embeddings": 64, "initializer_range": 0.1, "bos_token_id": None, "eos_token_id": None}
GROUPED = {**COMMON, "num_key_value_heads": 2, "head_dim": 24, "rope_theta": 500000.0, "rms_norm_eps": 1e-6,
           "tie_word_embeddings": False}
# Llama 3.1 beyond its first context, here one of 16 tokens; and Llama 2 with positions four times as close.
LLAMA3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}
LINEAR = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}


def save(model, folder):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.uniform_(0.5, 1.5)
    model.save_pretrained(folder)


def main(root):
    torch.manual_seed(1)
    save(LlamaForCausalLM(LlamaConfig(**COMMON, tie_word_embeddings=True)), root / "llama_tied")
    save(LlamaForCausalLM(LlamaConfig(**GROUPED)), root / "llama_grouped")
    save(LlamaForCausalLM(LlamaConfig(**COMMON, rope_parameters=LLAMA3)), root / "llama_rope_llama3")
    save(LlamaForCausalLM(LlamaConfig(**COMMON, rope_parameters=LINEAR)), root / "llama_rope_linear")
    save(MistralForCausalLM(MistralConfig(**GROUPED, sliding_window=None)), root / "mistral")
    for experts, chosen in [(8, 2), (4, 1), (3, 3)]:
        folder = root / f"mixtral_{chosen}_of_{experts}"
        save(MixtralForCausalLM(MixtralConfig(**GROUPED, num_local_experts=experts, num_experts_per_tok=chosen,
                                              sliding_window=None)), folder)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
