"""Ids and decoded texts of one tokenizer, in btx and in its reference."""
import json
import subprocess


class Pieces:
    """The texts, also as the file that btx reads."""
    def __init__(self, strings, texts):
        self.strings = strings
        self.texts = texts
        self.all = strings + texts
        with open("pieces.jsonl", "w", encoding="utf-8") as file:
            for text in self.all:
                file.write(json.dumps(text) + "\n")

    def cover(self):
        return f"{len(self.strings)} strings, {len(self.texts)} texts"


def ours(program, tokenizer, *options):
    command = [program, "--json", "--quiet", "tokenizer", "encode", tokenizer, "pieces.jsonl", *options]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in output.splitlines()]


def first_difference(theirs, mine, pieces):
    for text, expected, got in zip(pieces.all, theirs, mine, strict=True):
        if expected != got:
            at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
            return f"differs: {text[:60]!r} has {expected[at:at + 8]} at {at}, got {got[at:at + 8]}"
    return None


def compare(report, program, given, pieces):
    mine = ours(program, given.file)
    theirs = given.encode(pieces.all)
    wrong = first_difference(theirs, [m["ids"] for m in mine], pieces)
    report.line(wrong is None, given.name, "ids", wrong or f"{sum(map(len, theirs))} equal, {pieces.cover()}")
    if given.whole:
        whole = [m["ids"] for m in ours(program, given.file, "--add-special")]
        wrong = first_difference(given.whole(pieces.all), whole, pieces)
        report.line(wrong is None, given.name, "ids with template", wrong or "equal")
    compare_decoded(report, given, mine)


def compare_decoded(report, given, mine):
    """Of every fifth text. Where bytes that are no UTF-8 remain, the two may show them differently."""
    compared = 0
    sample = mine[::5]
    for one in sample:
        expected = given.decode(one["ids"])
        if "\ufffd" in expected + one["text"]:
            continue
        compared += 1
        if expected != one["text"]:
            report.line(False, given.name, "decoded", f"differs: {expected[:60]!r}, got {one['text'][:60]!r}")
            return
    report.line(compared > len(sample) // 2, given.name, "decoded", f"{compared} texts equal")
