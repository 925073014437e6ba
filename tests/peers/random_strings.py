"""Strings that tokenizers find hard: all scripts, emoji, combining marks, control characters, very long
words, runs of white space, contractions, numbers, and what looks like special tokens.

Only characters that this Python's Unicode has assigned: about younger ones the libraries that are compared
disagree among themselves."""
import random
import unicodedata

WORDS = ["the", " the", "It's", "they'LL", "'re", "'S", "don't", "I'\u017f", "x_y", "foo.bar()", "<s>", "</s>", "<unk>",
         "<|endoftext|>", "<|im_start|>", "\u2581", "\u2581the", "<0x41>", "  ", "\t\t", "\n\n", "\r\n", " \n ", "12345",
         "3.14", "1,000", "\u00bd", "e\u0301", "\u1100\u1161", "\u212b", "\u0958", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea",
         "\u00a0", "\u3000", "\ufeff", "\u200b", "\u2028", "\x00", "\x7f", "\u0085"]
WHITE = " \t\n\r\v\f\u0085\u00a0\u2003\u2028\u3000"


def assigned():
    """Characters by the first letter of their category, without surrogates and private use."""
    groups = {}
    for point in range(0x110000):
        category = unicodedata.category(chr(point))
        if category not in ("Cs", "Cn", "Co"):
            groups.setdefault(category[0], []).append(chr(point))
    return groups


def block(generator, groups):
    """A run from one place in Unicode, which is mostly one script."""
    letters = groups["L"]
    start = generator.randrange(len(letters))
    return "".join(generator.choice(letters[start:start + 40]) for _ in range(generator.randint(1, 12)))


def piece(generator, groups):
    kind = generator.randrange(12)
    if kind < 4:
        return generator.choice(WORDS)
    if kind < 6:
        return block(generator, groups)
    if kind == 6:
        return "".join(generator.choice(WHITE) for _ in range(generator.randint(1, 9)))
    if kind == 7:
        return "".join(generator.choice(groups["N"]) for _ in range(generator.randint(1, 6)))
    if kind == 8:
        return "".join(generator.choice(groups["M"] + groups["P"]) for _ in range(generator.randint(1, 5)))
    if kind == 9:
        return "".join(generator.choice(groups["S"] + groups["C"]) for _ in range(generator.randint(1, 5)))
    if kind == 10:
        return chr(generator.randrange(33, 127)) * generator.randint(1, 30)
    return "".join(chr(generator.randrange(32, 127)) for _ in range(generator.randint(1, 12)))


def random_strings(count):
    generator = random.Random(20)
    groups = assigned()
    strings = ["".join(piece(generator, groups) for _ in range(generator.randint(1, 8))) for _ in range(count - 20)]
    words = [generator.choice(["a", "ab", "\u00e9", "\u4f60", " ", "\n", "7", "'", "\U0001f600", "xyz"]) for _ in range(20)]
    return strings + [word * generator.randint(500, 5000) for word in words]
