"""What became of many files: `Outcome`, whose text is the line that a command ends with. Read outputs.py next."""

from dataclasses import dataclass, field

SHOWN = 10


@dataclass
class Outcome:
    """The outcome for the files: how many succeeded, a sentence for each failure, and notes; str() is a summary.

    It has the first SHOWN failures: a folder may hold thousands of files of a wrong kind.
    """

    done: int = 0
    failures: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    verb: str = "predicted"
    noun: str = "image"

    def __str__(self):
        done = f"{self.verb} {count_noun(self.done, self.noun)}"
        shown = self.failures[:SHOWN] + [f"and {len(self.failures) - SHOWN:,} more"] * (len(self.failures) > SHOWN)
        failed = f", but failed on {len(self.failures):,}: {'; '.join(shown)}" if self.failures else ""
        return done + failed + (f" ({'; '.join(self.notes)})" if self.notes else "")


def count_noun(number, noun):
    """"1 image", "2 images", "2 outputs of minifcn"."""
    first, *others = noun.split(" of ")
    return " of ".join([f"{number} {first}{'s' * (number != 1)}", *others])
