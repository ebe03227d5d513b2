"""Builds the web site, build/site/, from the repository: `make site`, or `python site/make.py [--out FOLDER]`.

The site is a folder of static files that request nothing from elsewhere: it opens from the disk, and from any server.
MINIFCN_REPOSITORY, the project's address on GitHub, adds links that open lessons in Colab. Read pages/__init__.py next.
"""

import argparse
import importlib.metadata
import os
import shutil
import sys
import time
from pathlib import Path

from sphinx.cmd.build import build_main

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pages

MATHJAX = "sphinx-mathjax-offline", "mathjax/tex-chtml.js", "mathjax/output/chtml/fonts/woff-v2/"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "site", help="the site's folder (build/site)")
    out, begin = parser.parse_args().out, time.perf_counter()
    build(out, os.environ.get("MINIFCN_REPOSITORY", ""))
    files = [path for path in out.rglob("*") if path.is_file()]
    count, size = sum(path.suffix == ".html" for path in files), sum(path.stat().st_size for path in files)
    print(f"{count} pages, {size / 1e6:.1f} MB, in {time.perf_counter() - begin:.0f} s; open {out / 'index.html'}")


def build(out, repository=""):
    """Write the whole site into a folder, which is replaced. SystemExit if Sphinx warns of anything.

    repository: the project's address on GitHub, or ""
    """
    work = out.with_name(out.name + "-sources")
    links = pages.write_sources(ROOT, work / "pages", repository)
    os.environ["MINIFCN_SITE_STATIC"] = str(work / "static")
    copy_mathjax(work / "static")
    shutil.rmtree(out, ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-E", "-b", "html", "-c", str(ROOT / "site"), "-d", str(work / "doctrees")]
    if build_main([*options, str(work / "pages"), str(out)]):
        raise SystemExit("the site was not built; Sphinx says why above")
    for path in links.files:
        pages.copy(ROOT, path, out / "files")
    explorer = ROOT / "site" / "explorer"
    if explorer.exists():
        shutil.copytree(explorer, out / "explorer")
    (out / ".nojekyll").touch()  # GitHub Pages would leave out folders that begin with an underscore


def copy_mathjax(target):
    """Copy MathJax out of its package: one file, and the fonts. The package has many more."""
    name, *wanted = MATHJAX
    for file in importlib.metadata.files(name):
        place = file.as_posix().partition("static/")[2]
        if place.startswith(tuple(wanted)):
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.locate(), target / place)


if __name__ == "__main__":
    main()
