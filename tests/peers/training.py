"""Twenty training steps on the same sequences: the loss of each."""
import json
import math
import pathlib

import numpy
import torch

import probe
import routing
from report import largest

LIMIT = {"dense": 1e-5, "mixture": 1e-3}  # in a close case a router may choose another expert
STEPS, SEQUENCES = 20, 8
# At three times this rate training is chaotic: transformers' own losses end 4e-4 apart if the weights that it
# starts from differ in their last bit.
CONFIG = {"micro_batch": 4, "lr": 1e-3, "min_lr_factor": 0.1, "warmup_fraction": 0.2, "beta1": 0.9, "beta2": 0.95,
          "epsilon": 1e-8, "weight_decay": 0.1, "clip": 1.0}


def write_token_file(path, tokens, vocab_size):
    """btx's own format: the tokens, then a line of JSON in 256 bytes."""
    trailer = {"version": 1, "dtype": "u16", "tokens": len(tokens), "documents": 1, "text_bytes": len(tokens),
               "vocab_size": vocab_size}
    path.write_bytes(numpy.array(tokens, "<u2").tobytes() + (json.dumps(trailer).ljust(255) + "\n").encode())


def learnable_tokens(vocab_size, count):
    """Mostly the successor of the token before, so that the loss falls."""
    generator = torch.Generator().manual_seed(11)
    jumps = torch.randint(vocab_size, (count,), generator=generator).tolist()
    jump = (torch.rand(count, generator=generator) < 0.3).tolist()
    tokens = [0]
    for i in range(1, count):
        tokens.append(jumps[i] if jump[i] else (tokens[-1] * 7 + 3) % vocab_size)
    return tokens


def learning_rate(step):
    warmup = math.ceil(CONFIG["warmup_fraction"] * STEPS)
    if step < warmup:
        return CONFIG["lr"] * (step + 1) / warmup
    cosine = 0.5 * (1 + math.cos(math.pi * (step - warmup) / (STEPS - warmup)))
    return CONFIG["lr"] * (CONFIG["min_lr_factor"] + (1 - CONFIG["min_lr_factor"]) * cosine)


def optimizer_of(peer):
    groups = [{"params": [p for p in peer.parameters() if p.dim() >= 2], "weight_decay": CONFIG["weight_decay"]},
              {"params": [p for p in peer.parameters() if p.dim() < 2], "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(CONFIG["beta1"], CONFIG["beta2"]), eps=CONFIG["epsilon"])


def constant_gates(peer):
    """Of a single expert the weight is 1 whatever its gate says. The gate's gradient is 0, what a program
    computes of it is rounding, and AdamW makes whole steps of that: such gates are left as they are."""
    chosen = getattr(peer.config, "num_experts_per_tok", 0)
    return [p for name, p in peer.named_parameters() if chosen == 1 and name.endswith(".gate.weight")]


def train(peer, batches):
    """[STEPS] losses; changes the model."""
    for gate in constant_gates(peer):
        gate.requires_grad = False
    optimizer = optimizer_of(peer)
    losses = []
    for step, rows in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        logits = peer.train()(rows[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), CONFIG["clip"])
        optimizer.step()
        losses.append(loss.item())
    return losses


def compare(report, name, peer, program, model):
    length = peer.config.max_position_embeddings
    path = pathlib.Path("train.tokens").resolve()
    tokens = learnable_tokens(peer.config.vocab_size, STEPS * SEQUENCES * length + 1)
    write_token_file(path, tokens, peer.config.vocab_size)
    config = {**CONFIG, "batch_tokens": SEQUENCES * length, "tokens": STEPS * SEQUENCES * length,
              "frozen": ["*.gate.weight"] if constant_gates(peer) else [], "dev_every": 0, "checkpoint_every": 0}
    answers = probe.ask(program, model, {"train": {"file": str(path), "seed": 3, "config": config}})
    rows = torch.tensor(answers["sequences"])
    windows = {tuple(tokens[i:i + length + 1]) for i in range(0, len(tokens) - length, length)}
    report.line({tuple(row) for row in rows.tolist()} == windows, name, "training data", f"{len(windows)} sequences, each once")
    ours = answers.metrics("train/lm_loss")
    theirs = train(peer, rows.view(STEPS, SEQUENCES, length + 1))
    difference, at = largest({step: abs(a - b) for step, (a, b) in enumerate(zip(ours, theirs, strict=True))})
    limit = LIMIT["mixture" if routing.is_mixture(peer) else "dense"]
    report.at_most(name, "training losses", difference, limit, f"in step {at} of {STEPS}; {theirs[0]:.4f} to {theirs[-1]:.4f}")
