"""MB/s of btx and of Hugging Face's tokenizers on the same English documents, one after the other."""
import json
import pathlib
import subprocess
import sys

PEER = """
import json, os, sys, time
os.environ.update(TOKENIZERS_PARALLELISM="true", RAYON_NUM_THREADS=sys.argv[3])
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
tokenizer.encode_special_tokens = True
text = open(sys.argv[2], encoding="utf-8", newline="").read()
documents = [text[i:i + 4000] for i in range(0, len(text), 4000)]
times = []
for _ in range(5):
    start = time.perf_counter()
    encoded = tokenizer.encode_batch(documents, add_special_tokens=False)
    times.append(time.perf_counter() - start)
with open(sys.argv[4], "wb") as file:
    for one in encoded:
        file.write(b"".join(i.to_bytes(4, "little") for i in one.ids))
print(len(text.encode()) / 1e6 / min(times))
"""


def compare(report, program, tokenizer, pieces):
    text = "english.txt"
    pathlib.Path(text).write_text("\n".join(pieces.texts)[:4_000_000], encoding="utf-8", newline="")
    for threads in (1, 2):
        command = [program, "bench", "tokenize", tokenizer, text, "--threads", str(threads), "--ids", "mine.bin"]
        mine = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["mb_per_s"]
        command = [sys.executable, "-c", PEER, tokenizer, text, str(threads), "theirs.bin"]
        theirs = float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        same = pathlib.Path("mine.bin").read_bytes() == pathlib.Path("theirs.bin").read_bytes()
        report.line(same and mine > 3 * theirs, "smollm2", f"speed, {threads} threads",
                    f"{mine:.1f} MB/s, Hugging Face {theirs:.1f}; ids {'equal' if same else 'differ'}")
