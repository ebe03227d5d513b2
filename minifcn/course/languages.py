"""The course in other languages: the sentences of reports and hints, looked up in catalogues when they are shown.

The code says everything in English. A catalogue, ko.toml, has the Korean of each sentence: the one in this folder for
what every report says, one in each translated lesson's folder for its properties, hints and notes. A sentence without a
translation stays English, so no check can fail for want of one. Read answers/submission.py next.
"""

import contextlib
import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path

from ..suggest import did_you_mean
from .paths import LANGUAGES, lessons_path

VARIABLE = "MINIFCN_LANGUAGE"  # the environment variable that names the language, for this process and those it starts
ENGLISH = "en"
BLANK = re.compile(r"\{(\w+)\}")  # in a template: "{count} properties hold"


def language(name):
    """Show reports and hints in a language from now on, "ko" or "en"; a translated notebook begins with this call."""
    if name not in (ENGLISH, *LANGUAGES):
        known = ", ".join([ENGLISH, *LANGUAGES])
        raise ValueError(f"there is no language {name!r}{did_you_mean(name, LANGUAGES, f'; choose from {known}')}")
    os.environ[VARIABLE] = name


def chosen():
    """The language chosen, "en" if none was."""
    return os.environ.get(VARIABLE) or ENGLISH


def translated(sentence, into=None):
    """A sentence in the language `into`, by default the one chosen; the sentence itself if there is no translation.

    One with names or numbers in it is found by its template: "{count} properties hold". What fills a {sentence} is
    translated as well, so that "Perhaps this: {sentence}" serves every hint.
    """
    return looked_up(sentence, into, ("shared", "lessons"))


def of_lesson(sentence):
    """A property or a note of a lesson, translated; templates of reports, such as "is {value}", would fit it by mistake."""
    return looked_up(sentence, None, ("lessons",))


def looked_up(sentence, into, kinds):
    """A sentence in a language, by the templates of these kinds of catalogues."""
    into = into or chosen()
    if into not in LANGUAGES or not sentence:
        return sentence
    exact, templates = catalogue(into, lessons_path())
    if sentence in exact:
        return exact[sentence]
    for pattern, translation in (pair for kind in kinds for pair in templates[kind]):
        if match := pattern.fullmatch(sentence):
            values = match.groupdict()
            if "sentence" in values:
                values["sentence"] = looked_up(values["sentence"], into, kinds)
            return fill(translation, values)
    return sentence


def fill(template, values):
    """A template with its blanks filled: {name: text}."""
    return BLANK.sub(lambda blank: values.get(blank[1], blank[0]), template)


@contextlib.contextmanager
def speaking(name):
    """Within `with speaking("ko"):` sentences are shown in that language; with None, in the one chosen before."""
    before = chosen()
    language(name or before)
    try:
        yield
    finally:
        language(before)


@lru_cache
def catalogue(into, lessons):
    """What a language has: ({sentence: translation}, {kind of catalogue: [(pattern, translation)], the strictest first})."""
    shared, own = [Path(__file__).with_name(f"{into}.toml")], sorted(lessons.glob(f"*/{into}.toml"))
    exact, templates = {}, {}
    for kind, paths in ("shared", shared), ("lessons", own):
        found = {}
        for path in paths:
            found |= tomllib.loads(path.read_text(encoding="utf-8"))
        keys = sorted((key for key in found if BLANK.search(key)), key=lambda key: -len(BLANK.sub("", key)))
        templates[kind] = [(pattern_of(key), found[key]) for key in keys]
        exact |= found
    return exact, templates


def pattern_of(template):
    """The regular expression of a template: "{count} of" becomes (?P<count>.+?) of."""
    parts = BLANK.split(template)  # text, name, text, name, ..., text
    blanks = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    texts = [re.escape(text) for text in parts[::2]]
    return re.compile("".join(part for pair in zip(texts, [*blanks, ""]) for part in pair), re.DOTALL)
