#!/usr/bin/env bash
# A plugin that fails: told with its name, code 3 from its stage, and the run names the stage.
. "$(dirname "$0")/common.sh" "$1"
mkdir plugins
cp "$2/throws_in_use.so" "$2/wrong_tag.so" plugins/

# One that cannot be loaded is a warning; what needs it is told why it is not there.
expect 0 "$btx" --plugin-path plugins plugin ls
said "plugins/wrong_tag.so: built for btx 0123456789"
said "task:throws_standard"
expect 3 "$btx" --plugin-path plugins validate tiny.toml 'eval.tasks=["wrong_tag"]'
said "no task is called 'wrong_tag'"
said "plugins/wrong_tag.so: built for"
expect 0 "$btx" --plugin-path plugins plugin info throws_standard
said "plugin throws_in_use 1.2.3"
expect 3 "$btx" plugin info throws_standard
said "no component is called 'throws_standard'"

# One that throws while it is used: by the stage that uses it, not by the others.
expect 1 "$btx" --plugin-path plugins run tiny.toml 'eval.tasks=["throws_standard"]'
said "error: plugin 'throws_in_use' 1.2.3: task:throws_standard: the sums do not add up"
not_said "frame 0"
said "error: failed: evaluate/seed"
[ -e runs/tiny/stages/finetune/model.safetensors ] || fail "training did not go on"
expect 3 "$btx" --plugin-path plugins stage runs/tiny evaluate/seed
one_error
said "plugin 'throws_in_use' 1.2.3"

# One that says at once that it cannot score documents is refused before anything runs.
expect 2 "$btx" run tiny.toml 'eval.tasks=["throws_error"]' 'run.plugin_paths=["plugins"]'
said "task:throws_error: count is more than there are"
not_said "info: seed:"
expect 0 "$btx" run tiny.toml
