#!/usr/bin/env bash
# Data that cannot be used: a message that names file or document, exit code 1, nothing lost.
. "$(dirname "$0")/common.sh" "$1"

# run_with FILE: the domain code reads this file.
run_with() { expect 1 "$btx" run tiny.toml "data.code.params.paths=[\"$work/$1\"]"; }

run_with text/nowhere.txt
said "nowhere.txt"
one_error
: > text/empty.txt
run_with text/empty.txt
said "documents/code"
said "domain 'code'"
printf 'one two\n\nthree \377 four\n' > text/latin.txt
run_with text/latin.txt
said "domain 'code': document 'latin.txt#1', line 3: byte 0xff"
printf 'MZ\0\0\1\2' | cat - "$btx" > text/program.bin
run_with text/program.bin
said "domain 'code': document 'program.bin"
mkdir text/none
run_with text/none
said "text/none"
printf 'a few words\n\nand no more\n' > text/short.txt
run_with text/short.txt
said "domain 'code'"

if [ "$(id -u)" = 0 ]; then
  echo "skipped: an unreadable file (root reads everything)"
else
  cp text/code.txt text/closed.txt
  chmod 000 text/closed.txt
  run_with text/closed.txt
  said "closed.txt: Permission denied"
fi

# What was done before stays, and so does the run once the data is good.
expect 0 "$btx" run tiny.toml
not_said "info: documents/maths:"
