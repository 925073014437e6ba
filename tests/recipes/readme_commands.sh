#!/usr/bin/env bash
# Prints the commands that README.md and the pages with more of them tell a reader to try, each once:
# what begins with build/btx, on a line of its own or between backticks. Those that end with
# "# minutes" run the quickstart or need a run of it: end_to_end/readme_minutes.sh runs them, and
# readme.sh the others.
set -euo pipefail
cd "$(dirname "$0")/../.."
pages=(README.md recipes/README.md core/docs/{comparing,evaluation,models}.md)
grep -ohE '(^|`)build/btx [^`]*' "${pages[@]}" | sed 's/^`//; s/ *$//' | awk '!seen[$0]++'
