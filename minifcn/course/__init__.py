"""The course: lessons become notebooks (build.py), answers are checked (check.py), assignments made (assignment.py).

Lessons use three names: check, hint and earlier. Read exercise.py first.
"""

from .notebook import check, earlier, hint

__all__ = ["check", "earlier", "hint"]
