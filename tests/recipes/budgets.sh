#!/usr/bin/env bash
# The recipes that divide one budget between experts and finetuning take the same FLOPs beyond the
# seed's, to a step of the finetune stage: what is compared is where compute goes, not how much.
set -euo pipefail
btx=$(realpath "$1")
cd "$2"
rows=$(mktemp)
errors=$(mktemp)
trap 'rm -f "$rows" "$errors"' EXIT

# stages RECIPE: recipe, name, tokens and FLOPs of each stage that trains beyond the seed.
stages() {
  "$btx" --json plan "$1" 2> "$errors" | sed 's/},{/}\n{/g' |
    sed -nE "s#.*\"name\":\"(expert/[a-z]+|finetune)\".*\"tokens\":([0-9.e+]+),\"flops\":([0-9.e+]+).*#$1 \1 \2 \3#p"
}

recipes=(recipes/ablations/budget_{000,025,050,075,100}.toml)
for recipe in "${recipes[@]}"; do
  stages "$recipe" >> "$rows" && continue
  cat "$errors"
  ! grep -q 'Debian registry\|has not been fetched into' "$errors" || exit 77  # as in validate.sh
  exit 1
done
batch=$("$btx" config "${recipes[0]}" | sed -nE 's/^finetune.batch_tokens = ([0-9]+).*/\1/p')
awk -v batch="$batch" -v wanted="${#recipes[@]}" '
  $3 > 0 { flops[$1] += $4; tokens[$1] += $3 }
  $3 > 0 && $2 == "finetune" { step = batch * $4 / $3 }
  END {
    for (name in flops) {
      if (++count == 1 || flops[name] < least) least = flops[name]
      if (flops[name] > most) most = flops[name]
      printf "%s: %.4e FLOPs, %d tokens\n", name, flops[name], tokens[name]
    }
    if (count != wanted) { print "FAILED: " count " recipes train, not " wanted; exit 1 }
    if (!(step > 0 && most - least <= step)) {
      printf "FAILED: they differ by %.2e FLOPs, more than a step of %.2e\n", most - least, step
      exit 1
    }
  }' "$rows"
