#!/usr/bin/env python3
"""compare.py PROBE MODEL_FOLDER...: what btx and transformers compute of the same small checkpoints.

Writes into the folder it runs in. Exit code 1 if something differs by more than is allowed."""
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM

import generation
import logits
import step
import training
from report import Report


def compare(report, program, folder):
    name = pathlib.Path(folder).name
    peer = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(7)
    tokens = torch.randint(peer.config.vocab_size, (16, 64), generator=generator)
    logits.compare(report, name, peer, program, folder, tokens)
    step.compare(report, name, peer, program, folder, tokens)
    generation.compare(report, name, peer, program, folder, tokens[:4, :16].tolist(), 48)
    training.compare(report, name, peer, program, folder)


if __name__ == "__main__":
    torch.set_num_threads(1)  # models as small as these gain nothing by a second one
    report = Report()
    for folder in sys.argv[2:]:
        compare(report, sys.argv[1], folder)
    report.end()
