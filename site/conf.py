"""Sphinx's settings for the web site. Its pages' sources are written first, by pages/; make.py runs both."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import pages.docstrings
import pages.source
import pages.words

import minifcn

project, author = "minifcn", "The minifcn authors"
version = release = minifcn.__version__
copyright = author  # no year: the same sources give the same pages
html_title = "minifcn"
html_theme = "furo"
html_theme_options = {"top_of_page_buttons": []}
html_static_path = ["static", os.environ["MINIFCN_SITE_STATIC"]]
html_css_files, html_js_files = ["site.css"], ["site.js"]
html_copy_source = html_show_sourcelink = False
html_show_copyright = html_show_sphinx = False
html_last_updated_fmt = None

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.linkcode", "sphinx.ext.mathjax"]
exclude_patterns = ["pictures/**"]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
suppress_warnings = ["mystnb.unknown_mime_type"]
highlight_language = "text"  # of a block that names none
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {"options": {"enableMenu": False}}

autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "__init__"}
autodoc_class_signature = "mixed"
autodoc_typehints = "none"
add_module_names = False
toc_object_entries_show_parents = "hide"
minifcn_root = str(HERE.parent)


def linkcode_resolve(domain, info):
    return pages.source.resolve(minifcn_root, domain, info)


def set_docstring(app, what, name, value, options, lines):
    if what != "module":
        lines[:] = pages.docstrings.as_rst("\n".join(lines)) if any(lines) else []


def set_context(app, page, template, context, doctree):
    """Set a page's language; and make the navigation of source files, a slow thing, once for each depth."""
    if page.startswith("ko/"):
        context["language"] = "ko"
    if page.startswith("code/") and "toctree" in context:
        make, depth = context["toctree"], page.count("/")
        context["toctree"] = lambda **options: trees.get(depth) or trees.setdefault(depth, make(**options))


def set_levels(app, page, template, context, doctree):
    """Say how deep the headings of the navigation are, which assistive technology asks for."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def set_theme(app, exception):
    """Let the theme speak the language of the pages that are in another."""
    for language in pages.words.THEME:
        for path in Path(app.outdir, language).rglob("*.html"):
            path.write_text(pages.words.with_theme_in(language, path.read_text(encoding="utf-8")), encoding="utf-8")


trees = {}


def setup(app):
    app.add_config_value("minifcn_root", "", "html")
    app.connect("autodoc-process-docstring", set_docstring)
    app.connect("html-page-context", set_context, priority=400)  # before the theme's
    app.connect("html-page-context", set_levels, priority=600)  # after it
    app.connect("html-collect-pages", pages.source.html_pages)
    app.connect("build-finished", set_theme)
