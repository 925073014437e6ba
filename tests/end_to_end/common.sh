# shellcheck shell=bash
# What the end-to-end tests share: a folder of their own, text that is written here, a recipe whose
# whole run takes seconds, and checks that say what they found. Usage: . common.sh PROGRAM
# BTX_TEST_DEVICE: the device of that recipe, else the CPU (tests/fake_gpu).
set -euo pipefail
btx=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
pid=""  # of a run in the background, the leader of its group
clean_up() {
  [ -z "$pid" ] || kill -9 -- "-$pid" 2> /dev/null || true
  chmod -R u+w "$work"
  rm -rf "$work"
}
trap clean_up EXIT
cd "$work"
unset BTX_PLUGIN_PATH

fail() {
  echo "FAILED: $*" >&2
  [ ! -s out.txt ] || sed 's/^/  | /' out.txt | tail -30 >&2
  exit 1
}

# expect CODE COMMAND...: runs it, keeps what it says in out.txt, checks its exit code.
expect() {
  local wanted="$1" code=0
  shift
  "$@" > out.txt 2>&1 || code=$?
  [ "$code" = "$wanted" ] || fail "exit code $code instead of $wanted: $*"
}
said() { grep -qF -- "$1" out.txt || fail "it did not say: $1"; }
not_said() { ! grep -qF -- "$1" out.txt || fail "it said: $1"; }
# One message at the level of an error, so that nothing else hides it.
one_error() { [ "$(grep -c '^error: ' out.txt)" = 1 ] || fail "not one error but $(grep -c '^error: ' out.txt)"; }

# words SEED COUNT WORD...: paragraphs of words in an order that depends on SEED alone.
words() {
  local seed="$1" count="$2"
  shift 2
  awk -v x="$seed" -v count="$count" -v list="$*" 'BEGIN {
    n = split(list, word, " ")
    for (i = 1; i <= count; ++i) {
      x = (x * 16807) % 2147483647
      printf "%s%s", word[1 + x % n] (x % 7 < 2 ? x % 100 : ""), i % 11 == 0 ? ".\n" : " "
      if (i % 88 == 0) printf "\n"
    }
    printf "\n"
  }'
}

write_text() {
  mkdir -p text
  words 1 20000 if else return while x y z total "=" "+" "(" ")" "{" "}" function array > text/code.txt
  words 2 20000 let prove that theorem lemma x squared equals sum integral of over the limit n > text/maths.txt
  words 3 20000 she said the house was quiet and old rain fell upon garden evening he > text/prose.txt
}

write_recipe() {
  cat > tiny.toml <<'TOML'
schema = 1
[run]
name = "tiny"
dir = "runs"
[engine]
device = "cpu"
dtype = "float32"
threads = 1
[data.code]
source = "text_files"
params = { paths = ["text/code.txt"], document = "paragraphs", max_bytes = 1000 }
[data.maths]
source = "text_files"
params = { paths = ["text/maths.txt"], document = "paragraphs", max_bytes = 1000 }
[data.prose]
source = "text_files"
params = { paths = ["text/prose.txt"], document = "paragraphs", max_bytes = 1000 }
[tokenizer]
vocab_size = 320
[model]
hidden_size = 32
layers = 2
heads = 2
kv_heads = 1
ffn_size = 64
context = 32
[train]
batch_tokens = 256
micro_batch = 4
lr = 5e-3
dev_every = 10
dev_tokens = 512
checkpoint_every = 5
[seed_model]
train = { tokens = "10K" }
[[expert]]
name = "code"
train = { tokens = "5K" }
[[expert]]
name = "maths"
train = { tokens = "5K" }
[mix]
strategy = "btx"
[router]
type = "top_k"
params = { k = 2 }
init = { type = "normal", params = { std = 0.02 } }
balance = { btx = { alpha = 0.01 } }
[finetune]
tokens = "5K"
[[baseline]]
name = "average"
mix = { strategy = "btm_average" }
[eval]
tasks = ["bits_per_byte"]
max_bytes = "4KB"
TOML
  sed -i "s/^device = .*/device = \"${BTX_TEST_DEVICE:-cpu}\"/" tiny.toml
}

trained_stages="seed expert+code expert+maths finetune"

# same_models RUN_A RUN_B: every trained model of two run folders is the same, bit for bit.
same_models() {
  local stage
  for stage in $trained_stages; do
    cmp "$1/stages/$stage/model.safetensors" "$2/stages/$stage/model.safetensors" ||
      fail "$stage differs between $1 and $2"
  done
}

write_text
write_recipe
