"""The course: lessons become notebooks and assignments (publish/), and submissions become reports.

An answer is extracted from its file (answers/), run in a sandbox (sandbox/), checked (checking/) and reported (show/);
grading/ does this in an expendable process, for one submission or a whole class. Lessons use five names: check, hint,
earlier, borrow and accepted_by; a translated notebook, language too. Each file names the one to read next. Read exercise.py first.
"""

from .api import accepted_by, borrow, check, earlier, hint
from .languages import language

__all__ = ["accepted_by", "borrow", "check", "earlier", "hint", "language"]
