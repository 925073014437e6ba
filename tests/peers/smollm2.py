#!/usr/bin/env python3
"""smollm2.py BTX PROBE FILE.gguf: SmolLM2-135M imported by btx from GGUF, and four copies of it, each finetuned by btx on
a text of its own and mixed into a mixture of experts, against transformers. Writes into the folder it runs in."""
import pathlib
import subprocess
import sys

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, LlamaForCausalLM

import generation
import logits
from report import Report

RECIPE = pathlib.Path(__file__).with_name("smollm2.toml")
WORDS = [" the", " old", " river", " is", " a", " proof", " that", " water", " of", ",", " and", " runs", " to", " sea", ".",
         " She", " said", " 3", " + 4", " = 7", " in", " France", " for", " each", " number", " was", " not", " it", " def"]
EXPERTS = ["first", "second", "third", "fourth"]


def dequantised(file, folder):
    """The model that transformers reads from the file, also as a float32 folder."""
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    config = loaded.config
    for key in ("quantization_config", "_pre_quantization_dtype"):  # it cannot save what it has dequantised
        if hasattr(config, key):
            delattr(config, key)
    plain = LlamaForCausalLM(config)
    plain.load_state_dict(loaded.state_dict())
    plain.save_pretrained(folder)
    return plain.eval()


def run(btx, seed, root, name, trained=True):
    """Runs the recipe with a seed; returns the run's folder of stages. Experts that are not trained are the seed."""
    imports = [f"seed_model.import={seed}"]
    if not trained:
        imports += [f"expert.{expert}.import={seed}" for expert in EXPERTS]
    command = [btx, "--quiet", "run", RECIPE, "--jobs", "2", f"run.dir={root / 'runs'}", f"run.name={name}", *imports]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return root / "runs" / name / "stages"


def exported(btx, stages, root):
    """The seed as btx writes it for transformers."""
    subprocess.run([btx, "--quiet", "export", "hf", stages / "seed", root / "exported"], check=True, stdout=subprocess.DEVNULL)
    return root / "exported"


def compare_weights(report, what, ours, theirs):
    ours, theirs = load_file(ours / "model.safetensors"), load_file(theirs / "model.safetensors")
    different = [name for name, tensor in theirs.items() if not torch.equal(ours[name], tensor)]
    report.line(ours.keys() == theirs.keys() and not different, "SmolLM2", what,
                f"{len(theirs) - len(different)} of {len(theirs)} tensors are the same bits")


def compare_experts(report, stages):
    """That training moved each of them, and each somewhere else."""
    name = "model.layers.5.mlp.up_proj.weight"
    files = [stages / "seed", *(stages / f"expert+{expert}" for expert in EXPERTS)]
    tensors = [load_file(folder / "model.safetensors")[name] for folder in files]
    apart = min((a - b).norm() / tensors[0].norm() for i, a in enumerate(tensors) for b in tensors[:i])
    report.line(bool(apart > 1e-3), "SmolLM2 x 4", "finetuned apart",
                f"seed and experts differ by {apart:.1e} of a matrix's norm at least")


def words(tokenizer):
    """16 sequences of 64 tokens: common words in an order that never changes, after the token that begins a text here.
    Without it the model's first activations are so large that either program is 1e-3 away from float64."""
    generator = torch.Generator().manual_seed(2)
    text = "".join(WORDS[i] for i in torch.randint(len(WORDS), (2000,), generator=generator))
    words = torch.tensor(tokenizer.encode(text).ids[:16 * 63]).view(16, 63)
    return torch.cat([torch.full((16, 1), tokenizer.token_to_id("<|im_start|>")), words], 1)


def compare(report, name, program, peer, model, tokenizer):
    tokens = words(tokenizer)
    logits.compare(report, name, peer, program, model, tokens)
    generation.compare(report, name, peer, program, model, tokens[:3, :24].tolist(), 24)


def main(btx, program, file):
    report, root = Report(), pathlib.Path.cwd()
    seed = dequantised(file, root / "dequantised")
    stages = run(btx, file, root, "smollm2")
    tokenizer = Tokenizer.from_file(str(stages / "tokenizer" / "tokenizer.json"))
    compare_weights(report, "dequantised", stages / "seed", root / "dequantised")
    compare(report, "SmolLM2", program, seed, stages / "seed", tokenizer)
    compare_experts(report, stages)
    mixture = AutoModelForCausalLM.from_pretrained(stages / "mix", dtype=torch.float32).eval()
    report.line(type(mixture).__name__ == "MixtralForCausalLM", "SmolLM2 x 4", "architecture", type(mixture).__name__)
    compare(report, "SmolLM2 x 4", program, mixture, stages / "mix", tokenizer)
    again = run(btx, exported(btx, stages, root), root, "again", trained=False)
    compare_weights(report, "exported", root / "exported", stages / "seed")
    compare_weights(report, "imported again", again / "seed", stages / "seed")
    report.end()


if __name__ == "__main__":
    torch.set_num_threads(1)  # threads that wait for each other on a busy machine cost more than they bring
    main(*sys.argv[1:3], pathlib.Path(sys.argv[3]).resolve())
