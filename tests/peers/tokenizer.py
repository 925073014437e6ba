#!/usr/bin/env python3
"""tokenizer.py BTX SMOLLM2_GGUF OLMO_FOLDER [TOKENIZER...]: ids of btx against those of Hugging Face's
tokenizers and of libsentencepiece, on 100,000 random strings and on text.

OLMO_FOLDER holds dolma2 and gpt-neox-olmo. Further tokenizers (tokenizer.json or .model) may be named, and
with BTX_PEER_TEXTS further texts (files between colons). Writes into the folder it runs in. Exit code 1 if
any id differs."""
import os
import pathlib
import sys

import reference_tokenizers
import tokenizer_ids
import tokenizer_speed
from random_strings import random_strings
from report import Report

STRINGS = 100_000
ROOT = pathlib.Path(__file__).resolve().parents[2]


def texts():
    """What is here in any clone, and what was named."""
    files = [*ROOT.glob("core/**/*.md"), *ROOT.glob("core/src/**/*.cpp"), *ROOT.glob("tests/peers/*.py")]
    files += [pathlib.Path(name) for name in os.environ.get("BTX_PEER_TEXTS", "").split(":") if name]
    return [file.read_text(encoding="utf-8", errors="replace") for file in sorted(files)]


if __name__ == "__main__":
    program, gguf, olmo, *further = sys.argv[1:]
    pieces = tokenizer_ids.Pieces(random_strings(STRINGS), texts())
    report = Report()
    for given in reference_tokenizers.all_of(gguf, olmo, further):
        tokenizer_ids.compare(report, program, given, pieces)
    tokenizer_speed.compare(report, program, reference_tokenizers.smollm2_json(program, gguf), pieces)
    report.end()
