"""Logits of all tokens, and what the routers of a mixture see."""
import torch

import probe
import routing

LIMIT = 2e-4
SMALLEST_SHARE = 0.9


def compare(report, name, peer, program, model, tokens):
    answers = probe.ask(program, model, {"logits": {"tokens": tokens.tolist()}}).tensors("logits")
    logits, router = routing.forward(peer, tokens)
    clear = routing.clear_positions(peer, router)
    share = clear.float().mean().item()
    report.line(share >= SMALLEST_SHARE, name, "positions", f"{int(clear.sum())} of {clear.numel()} have clear routers")
    difference = (answers["logits"] - logits)[clear].abs().max().item()
    report.at_most(name, "logits", difference, LIMIT, f"largest logit {logits.abs().max():.1f}")
    if router.numel() == 0:
        return
    ours = torch.stack([answers[f"router.{i}"] for i in range(len(router))]).view(router.shape)
    difference = (ours - router)[:, clear].abs().max().item()
    report.at_most(name, "router logits", difference, LIMIT, f"largest {router.abs().max():.1f}")
