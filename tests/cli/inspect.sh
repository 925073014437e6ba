#!/usr/bin/env bash
# `btx inspect` is what one looks at a downloaded file with: whatever its names and texts hold, a
# terminal is told nothing by them, and --json is JSON.
set -euo pipefail
btx=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() { echo "FAILED: $*" >&2; exit 1; }
# number BYTES VALUE: it in little-endian order.
number() {
  local i
  for ((i = 0; i < $1; ++i)); do printf "\\x$(printf %02x $(($2 >> 8 * i & 255)))"; done
}
# text BYTES: a string of GGUF.
text() { number 8 "$(printf %s "$1" | wc -c)"; printf %s "$1"; }
# gguf KEY TEXT TENSOR: a file with one text and one tensor of two float32.
gguf() {
  printf GGUF; number 4 3; number 8 1; number 8 1
  text "$1"; number 4 8; text "$2"
  text "$3"; number 4 1; number 8 2; number 4 0; number 8 0
  # The data begins at a multiple of 32.
  head -c $((31 - (24 + 8 + ${#1} + 4 + 8 + ${#2} + 8 + ${#3} + 24 + 31) % 32)) /dev/zero
  printf '\0\0\0\0\0\0\200\77'
}
safetensors() { number 8 "$(printf %s "$1" | wc -c)"; printf '%s\0\0\0\0' "$1"; }

# Lengths are of bytes.
export LC_ALL=C
evil=$'\e]0;PWNED\a\e[2Jname\nerror: all is lost'
gguf "$evil" "$evil" "$evil" > evil.gguf
safetensors '{"__metadata__": {"\u001b[2Jkey\nerror: all is lost": "\u001b[2J"}, "\u001b]0;PWNED\u0007name\nerror: all is lost": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}' > evil.safetensors
for file in evil.gguf evil.safetensors; do
  for flag in "" --json; do
    "$btx" $flag inspect "$file" > out.txt 2>&1 || fail "$flag $file: code $?: $(cat out.txt)"
    ! grep -q $'[\e\a]' out.txt || fail "$flag $file: an escape sequence reaches the terminal"
    ! grep -q '^error: all is lost' out.txt || fail "$flag $file: a name has a line of its own"
    grep -qiF '\u001b]0;PWNED' out.txt || fail "$flag $file: the name is not shown"
  done
done

# Bytes that are no UTF-8, in each place that a text stands in, and in the file's name.
gguf $'key\xff' $'text\xfe\xff' $'ten\xe9sor' > $'lat\xe9in.gguf'
"$btx" --json inspect $'lat\xe9in.gguf' > out.json
python3 - << 'PYTHON' || fail "--json of bytes that are no UTF-8: $(cat -v out.json)"
import json
with open("out.json", "rb") as file:
    found = json.loads(file.read().decode("utf-8"))
assert found["metadata"] == {"key\ufffd": "text\ufffd\ufffd"}, found
(tensor,) = found["tensors"]
assert tensor["name"] == "ten\ufffdsor" and tensor["file"] == "lat\ufffdin.gguf", found
assert tensor["shape"] == [2] and tensor["bytes"] == 8, found
PYTHON

# A long text is cut between characters.
long=$(printf 'a%.0s' {1..99})
gguf key "$long"$'\xc3\xa9 and more' name > long.gguf
"$btx" inspect long.gguf > out.txt
grep -qF "\"$long\" ..." out.txt || fail "a long text: $(cat out.txt)"
