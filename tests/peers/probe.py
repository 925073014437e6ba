"""Asks peer_probe, the program that answers for btx."""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file


class Answers:
    """What it wrote: answers[...] from answers.json, tensors(...) and metrics() from its other files."""

    def __init__(self, folder):
        self.folder = folder
        self.values = json.loads((folder / "answers.json").read_text())

    def __getitem__(self, key):
        return self.values[key]

    def tensors(self, name):
        return load_file(self.folder / f"{name}.safetensors")

    def metrics(self, name):
        """A number of every training step."""
        lines = map(json.loads, (self.folder / "metrics.jsonl").read_text().splitlines())
        return [line["m"][name] for line in lines if line.get("split") == "train"]


def ask(probe, model, task):
    """As many threads as torch has here."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="answers-", dir=pathlib.Path.cwd()))
    (folder / "task.json").write_text(json.dumps({"threads": torch.get_num_threads(), **task}))
    ended = subprocess.run([probe, model, folder / "task.json", folder], capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"peer_probe failed on {model} (exit code {ended.returncode}):\n{ended.stdout}{ended.stderr}")
    return Answers(folder)
