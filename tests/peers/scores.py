#!/usr/bin/env python3
"""scores.py BTX MODEL [ITEMS]: log-likelihoods of every choice of the sets in choices.toml, and the choice each item
comes to, by btx and by transformers in float32; and how long either takes. MODEL is a Hugging Face folder; ITEMS, of
each set; all if it is left out. Writes into the folder it runs in."""
import gzip
import json
import pathlib
import subprocess
import sys
import time
import tomllib
from collections import defaultdict

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from report import Report

SETS = pathlib.Path(__file__).with_name("choices.toml")
BATCH = 32
THREADS = 2


def rows_of(path, kept):
    """Request lines of the items that btx kept."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if str(row["doc_id"]) in kept]


def encode(tokenizer, row):
    """Token ids of context and continuation together, and how many of them the context has by itself."""
    context, continuation = row["request"]["context"], row["request"]["continuation"]
    bare = context.rstrip()
    whole = tokenizer(bare + context[len(bare):] + continuation).input_ids
    return whole, len(tokenizer(bare).input_ids)


def log_likelihoods(model, encoded):
    """Padded batches of like length, the longest first."""
    values = [0.0] * len(encoded)
    order = sorted(range(len(encoded)), key=lambda i: -len(encoded[i][0]))
    for start in range(0, len(order), BATCH):
        part = order[start:start + BATCH]
        width = len(encoded[part[0]][0])
        ids = torch.zeros(len(part), width, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for line, i in enumerate(part):
            length = len(encoded[i][0])
            ids[line, :length] = torch.tensor(encoded[i][0])
            mask[line, :length] = 1
        logs = model(input_ids=ids, attention_mask=mask).logits.log_softmax(-1)
        for line, i in enumerate(part):
            whole, first = encoded[i]
            targets = torch.tensor(whole[first:])
            values[i] = logs[line, first - 1:len(whole) - 1].gather(1, targets[:, None]).double().sum().item()
    return values


def fetched(btx):
    """The sets by name, and where the files of each are."""
    command = [btx, "--json", "fetch", SETS, "run.store=store"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    folder = pathlib.Path(packages[0]["folder"])
    return {one["name"]: folder / one["requests"].split("/", 1)[1] for one in tomllib.loads(SETS.read_text())["eval"]["set"]}


def scored_by_btx(btx, model, sets, items):
    """{set: {(item, choice): log-likelihood}}, and seconds with the start of the program and loading."""
    changes = ["run.store=store", "engine.dtype=float32", "engine.device=cpu", f"engine.threads={THREADS}"]
    changes += [f"eval.set.{name}.items={items}" for name in sets if items]
    command = [btx, "--quiet", "eval", model, "--sets", SETS, "--output", "scores"]
    for change in changes:
        command += ["--set", change]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    values = defaultdict(dict)
    for line in pathlib.Path("scores/answers.jsonl").read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        values[answer["set"]][answer["item"], answer["choice"]] = answer["log_likelihood"]
    return values, seconds


def compare(report, name, rows, ours, theirs):
    """Each log-likelihood within 1e-3 of its size or 1e-2, the same choice wherever the best is clear by 1e-4."""
    worst, choices = 0.0, defaultdict(list)
    for row, peer in zip(rows, theirs):
        mine = ours[str(row["doc_id"]), row["idx"]]
        worst = max(worst, min(abs(mine - peer) / 1e-2, abs(mine - peer) / (1e-3 * max(1e-9, abs(peer)))))
        choices[row["doc_id"]].append((peer, mine))
    clear = other = 0
    for pairs in choices.values():
        peers = sorted((peer for peer, _ in pairs), reverse=True)
        if peers[0] - peers[1] <= 1e-4:
            continue
        clear += 1
        other += max(pairs)[1] != max(mine for _, mine in pairs)
    report.line(worst <= 1, name, "log-likelihoods", f"{len(rows)}; largest difference {worst:.4f} of what is allowed")
    report.line(other == 0, name, "choices", f"{clear - other} of {clear} the same; {len(choices) - clear} too close to call")


def main(btx, folder, items):
    report = Report()
    sets = fetched(btx)
    ours, seconds = scored_by_btx(btx, folder, sets, items)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    theirs = 0.0
    for name, path in sets.items():
        rows = rows_of(path, {item for item, _ in ours[name]})
        start = time.perf_counter()
        values = log_likelihoods(model, [encode(tokenizer, row) for row in rows])
        theirs += time.perf_counter() - start
        compare(report, name, rows, ours[name], values)
    report.line(theirs >= 1.5 * seconds, "all sets", "speed",
                f"btx {seconds:.1f} s with its start and loading, transformers {theirs:.1f} s; {theirs / seconds:.2f} times")
    report.end()


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(False)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
