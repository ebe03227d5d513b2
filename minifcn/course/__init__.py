"""The course: lessons become notebooks and assignments (publish/), and submissions become reports.

An answer is extracted from its file (answers/), run in a sandbox (sandbox/), checked (checking/) and reported (show/);
grading/ does this in an expendable process, for one submission or a whole class. Lessons use five names: check, hint,
earlier, borrow and accepted_by; a translated notebook, language too. Each file names the one to read next. Read exercise.py first.
"""

import importlib

__all__ = ["accepted_by", "borrow", "check", "earlier", "hint", "language"]


def __getattr__(name):
    """Import a name on its first use: `minifcn check` and the process that grades need none of these."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(".languages" if name == "language" else ".api", __name__), name)
