"""The lines a comparison prints, and how the script that made it ends."""
import sys


class Report:
    def __init__(self):
        self.failed = 0

    def line(self, passed, model, what, text):
        self.failed += not passed
        print(f"{'passed' if passed else 'FAILED'}  {model:<22} {what:<17} {text}", flush=True)

    def at_most(self, model, what, difference, limit, note=""):
        """A difference that is no number fails as well."""
        passed = bool(difference <= limit)
        self.line(passed, model, what, f"{difference:.1e}, at most {limit:.0e}{'; ' + note if note else ''}")

    def end(self):
        sys.exit(1 if self.failed else 0)
