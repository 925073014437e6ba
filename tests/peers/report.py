"""The lines a comparison prints, and how the script that made it ends."""
import math
import sys


def largest(differences):
    """The largest of {name: difference} with its name; one that is not a number is larger than all others."""
    return max(((d, name) for name, d in differences.items()), key=lambda pair: (math.isnan(pair[0]), pair[0]))


class Report:
    def __init__(self):
        self.failed = 0

    def line(self, passed, model, what, text):
        self.failed += not passed
        print(f"{'passed' if passed else 'FAILED'}  {model:<22} {what:<17} {text}", flush=True)

    def at_most(self, model, what, difference, limit, note=""):
        """A difference that is not a number fails as well."""
        passed = bool(difference <= limit)
        self.line(passed, model, what, f"{difference:.1e}, at most {limit:.0e}{'; ' + note if note else ''}")

    def end(self):
        sys.exit(1 if self.failed else 0)
