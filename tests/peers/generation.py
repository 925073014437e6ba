"""Greedy generation: the same tokens, one by one."""
import torch

import probe


def generate(peer, prompt, count):
    peer.generation_config.eos_token_id = None
    out = peer.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=count, use_cache=True)
    return out[0, len(prompt):].tolist()


def first_difference(ours, theirs):
    return next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b), None)


def compare(report, name, peer, program, model, prompts, count):
    """Reports the first prompt whose tokens differ."""
    generated = probe.ask(program, model, {"generate": {"prompts": prompts, "count": count}})["generated"]
    for number, (prompt, ours) in enumerate(zip(prompts, generated, strict=True)):
        theirs = generate(peer, prompt, count)
        at = first_difference(ours, theirs)
        if at is not None:
            report.line(False, name, "generation", f"prompt {number}: token {at} is {ours[at]}, transformers has {theirs[at]}")
            return
    report.line(True, name, "generation", f"{len(prompts)} x {count} tokens are the same")
