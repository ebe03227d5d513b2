"""The course: lessons become notebooks and assignments (publish/), and what students hand in becomes a report.

An answer is taken out of its file (answers/), run where it can do no harm (sandbox/), checked (checking/) and shown
(show/); grading/ has this done by a process that can be lost, for one submission or for a class. Lessons use three
names: check, hint and earlier. Each file names the one to read next. Read exercise.py first.
"""

from .api import check, earlier, hint

__all__ = ["check", "earlier", "hint"]
