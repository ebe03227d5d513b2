"""Copies the course and the explorer into a wheel, where they are minifcn/_course/; everything else is in pyproject.toml.

The solutions stay out: a student who has the lessons has them too, but not run, with pictures, one click away.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COURSE = (
    *("lessons/*/*.py", "lessons/*/*.npz", "lessons/*/ko.*", "lessons/*/package/**/*.*"),
    *("notebooks/*.ipynb", "notebooks/student/*.ipynb", "notebooks/ko/*.ipynb", "notebooks/ko/student/*.ipynb"),
    "requirements.txt",
    "site/explorer/**/*.*",
)


class BuildWithCourse(build_py):
    def run(self):
        super().run()
        if self.editable_mode:  # the package stays in its checkout, next to the course
            return
        for path in sorted(path for pattern in COURSE for path in Path().glob(pattern) if "__pycache__" not in path.parts):
            target = Path(self.build_lib, "minifcn", "_course", path)
            self.mkpath(str(target.parent))
            self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithCourse})
