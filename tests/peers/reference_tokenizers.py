"""The tokenizers that are compared: a name, the file btx reads, and a function from texts to ids."""
import pathlib
import subprocess
from dataclasses import dataclass
from typing import Callable

import sentencepiece
from tokenizers import Tokenizer, pre_tokenizers
from transformers import AutoTokenizer, LlamaTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass
class Reference:
    name: str
    file: str
    encode: Callable  # list of texts -> list of lists of ids
    decode: Callable  # list of ids -> text
    whole: Callable | None = None  # as encode, with the tokens of the template


def of_json(path, name=None):
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True  # which keeps special tokens from being found in text
    return Reference(
        name or pathlib.Path(path).stem, str(path),
        lambda texts: [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)],
        lambda ids: tokenizer.decode(ids, skip_special_tokens=False),
        lambda texts: [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=True)])


def of_model(path, name=None):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return Reference(name or pathlib.Path(path).stem, str(path), processor.encode, processor.decode)


def converted(model, folder, legacy):
    """The tokenizer.json that transformers makes of a SentencePiece model."""
    source = pathlib.Path(folder) / "source"
    source.mkdir(parents=True, exist_ok=True)
    (source / "tokenizer.model").write_bytes(pathlib.Path(model).read_bytes())
    tokenizer = LlamaTokenizer.from_pretrained(source, legacy=legacy, add_bos_token=True)
    tokenizer.save_pretrained(folder)
    return pathlib.Path(folder) / "tokenizer.json"


def trained_model():
    """A SentencePiece model of Llama 2's kind, from the texts of this tree."""
    files = sorted(str(f) for f in ROOT.glob("core/**/*.md"))
    sentencepiece.SentencePieceTrainer.train(
        input=files, model_prefix="trained", model_type="bpe", vocab_size=2000, byte_fallback=True, split_digits=True,
        character_coverage=1.0, normalization_rule_name="identity", remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True, max_sentence_length=100000, minloglevel=2)
    return "trained.model"


def of_gguf(path):
    """The vocabulary of SmolLM2's GGUF file as transformers reads it, made what the model's own tokenizer.json is:
    digits stand alone (tokenizer.ggml.pre = smollm), and a byte without a token yields none."""
    path = pathlib.Path(path)
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).backend_tokenizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.model.unk_token = None
    tokenizer.save("gguf.json")
    reference = of_json("gguf.json", "smollm2.gguf")
    reference.file = str(path)
    reference.whole = None
    return reference


def smollm2_json(program, gguf):
    """SmolLM2's vocabulary as a tokenizer.json that btx writes and Hugging Face reads."""
    subprocess.run([program, "tokenizer", "convert", gguf, "--output", "smollm2.json"], check=True)
    return "smollm2.json"


def all_of(gguf, olmo, further):
    yield of_gguf(gguf)
    for file in sorted(pathlib.Path(olmo).glob("*.json")):
        if "dolma2" in file.name or "neox-olmo" in file.name:
            yield of_json(file, file.stem.removeprefix("allenai_"))
    models = [trained_model()]
    for path in further:
        if path.endswith(".json"):
            yield of_json(path)
        else:
            models.append(path)
    for path in models:
        name = pathlib.Path(path).stem
        yield of_model(path, f"{name}.model")
        for legacy in (False, True):
            kind = "legacy" if legacy else "metaspace"
            yield of_json(converted(path, f"{name}_{kind}", legacy), f"{name} {kind}")
