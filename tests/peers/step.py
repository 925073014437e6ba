"""Loss and gradients of one step."""
import copy
import pathlib
import tempfile

import torch
from safetensors.torch import load_file

import probe
import routing
from report import largest

LOSS_LIMIT = 1e-5
GRADIENT_LIMIT = 1e-4  # of the largest gradient in the same tensor
SMALL_TENSOR = 1e-3    # a tensor whose gradients are all below this share of the model's largest counts as if at it


def gradients_by_name(peer):
    """Under the names of a checkpoint: transformers renames and splits as it saves."""
    holder = copy.deepcopy(peer)
    with torch.no_grad():
        for into, parameter in zip(holder.parameters(), peer.parameters(), strict=True):
            into.copy_(torch.zeros_like(into) if parameter.grad is None else parameter.grad)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gradients-", dir=pathlib.Path.cwd()))
    holder.save_pretrained(folder, max_shard_size="100GB")
    return load_file(folder / "model.safetensors")


def largest_difference(ours, theirs):
    """(difference relative to the tensor's largest gradient, tensor)"""
    if ours.keys() != theirs.keys():
        raise SystemExit(f"step: gradients of different tensors: {sorted(ours.keys() ^ theirs.keys())[:4]}")
    floor = SMALL_TENSOR * max(g.abs().max().item() for g in theirs.values())
    return largest({n: (ours[n] - g).abs().max().item() / max(floor, g.abs().max().item()) for n, g in theirs.items()})


def compare(report, name, peer, program, model, tokens):
    """Sequences with a close decision of a router are left out: they have a gradient for either."""
    clear = routing.clear_positions(peer, routing.forward(peer, tokens)[1]).all(1)
    labels = torch.where(clear[:, None], tokens, -100)
    targets = torch.cat([labels[:, 1:], torch.full((len(tokens), 1), -100)], 1)
    answers = probe.ask(program, model, {"step": {"tokens": tokens.tolist(), "targets": targets.tolist()}})
    peer.zero_grad()
    loss = peer.train()(tokens, labels=labels).loss
    loss.backward()
    peer.eval()
    report.at_most(name, "loss", abs(float(answers["loss"]) - loss.item()), LOSS_LIMIT,
                   f"{loss.item():.6f}; {int(clear.sum())} of {len(tokens)} sequences")
    theirs = gradients_by_name(peer)
    difference, tensor = largest_difference(answers.tensors("gradients"), theirs)
    report.at_most(name, "gradients", difference, GRADIENT_LIMIT, f"of {len(theirs)} tensors, most in {tensor}")
