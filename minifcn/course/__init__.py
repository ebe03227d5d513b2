"""The course: lessons become notebooks (build.py), answers are checked (check.py), assignments made (assignment.py).

Lessons use three names: check, hint and earlier. Read exercise.py first.
"""

from .api import check, earlier, hint

__all__ = ["check", "earlier", "hint"]
