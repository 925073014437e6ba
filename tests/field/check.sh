#!/usr/bin/env bash
# Every test that README.md names is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python3 - << 'PY'
import re
import sys

missing, found = [], 0
for row in open("tests/field/README.md"):
    if not row.startswith("| ") or row.startswith(("| fault", "| report", "| attack")):
        continue
    for test in row.rstrip(" |\n").split(" | ", 1)[1].split("<br>"):
        path, _, name = test.partition(": ")
        try:
            # A name that is too long for a line stands in two strings.
            text = re.sub(r'"\s*\n\s*"', "", open(path).read())
        except OSError:
            missing.append(path)
            continue
        found += 1
        if name and name.strip('"') not in text:
            missing.append(test)
for test in missing:
    print("not there:", test)
print(found, "tests are named")
sys.exit(1 if missing or found < 100 else 0)
PY
