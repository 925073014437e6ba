#!/usr/bin/env python3
"""average.py STAGES: mergekit's linear merge of a run's seed and experts against what merge:btm_average made of them.

STAGES is the folder of stages of a run of tiny.toml. Writes into the folder it runs in."""
import pathlib
import subprocess
import sys

import yaml
from safetensors.torch import load_file

from report import Report, largest

LIMIT = 1e-6  # both sum in float32 or better and cast once
CASES = {"average": {"seed": 1, "expert+code": 1, "expert+pages": 1},
         "weighted": {"seed": 0.1, "expert+code": 0.6, "expert+pages": 0.3}}


def linear_merge(stages, name, weights):
    """mergekit scales the weights to sum 1."""
    # Under their names in the store: mergekit takes "expert+code" for a model and an adapter.
    models = [{"model": str((stages / model).resolve()), "parameters": {"weight": weight}} for model, weight in weights.items()]
    recipe, folder = pathlib.Path(f"{name}.yml"), pathlib.Path(f"mergekit_{name}")
    recipe.write_text(yaml.safe_dump({"merge_method": "linear", "models": models, "dtype": "float32"}))
    subprocess.run([sys.executable, "-m", "mergekit.scripts.run_yaml", recipe, folder, "--quiet"], check=True)
    return {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}


def compare(report, stages, name, weights):
    theirs = linear_merge(stages, name, weights)
    ours = load_file(stages / f"baseline+{name}" / "model.safetensors")
    if ours.keys() != theirs.keys():
        sys.exit(f"average: tensors of one program alone: {sorted(ours.keys() ^ theirs.keys())[:4]}")
    difference, tensor = largest({n: (ours[n] - t).abs().max().item() for n, t in theirs.items()})
    report.at_most(name, "mergekit linear", difference, LIMIT, f"{len(theirs)} tensors, most in {tensor}")


if __name__ == "__main__":
    report = Report()
    for name, weights in CASES.items():
        compare(report, pathlib.Path(sys.argv[1]).resolve(), name, weights)
    report.end()
