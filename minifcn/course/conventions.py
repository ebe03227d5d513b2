"""The vocabulary of a lesson's conventions.py: how the exercises of one term differ from the public course's.

Solutions are public. `minifcn assignment --variant channels-last` therefore gives a term conventions of its own: the
same exercises, with other numbers as the right answer. A lesson that can be changed so has a conventions.py, whose
CONVENTIONS is {"channels-last": Convention(...)}; publish/terms.py writes the lessons of the term. Read ladder.py next.
"""

import dataclasses
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def as_they_are(*args, **kwargs):
    """The arguments of an exercise that the convention does not touch."""
    return args


def as_it_is(result, *args, **kwargs):
    """The result of an exercise that the convention does not touch."""
    return result


@dataclass(frozen=True)
class Translation:
    """What a convention does to an exercise whose answer is a function.

    give, take: the positional arguments of the public exercise -> the term's, and back, as give(*args, **kwargs)
    tell, untell: the result of the public exercise -> the term's, and back, as tell(result, *args, **kwargs); the
                arguments are public ones. Wrong results must pass, too, of whatever shape.
    probes:     {name of a property's probe: function from the arguments of its cases to those of the term's}

    The functions are top-level functions of conventions.py that use only np and each other, since their source goes
    into the process of an answer.
    """

    give: Callable = as_they_are
    take: Callable = as_they_are
    tell: Callable = as_it_is
    untell: Callable = as_it_is
    probes: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Convention:
    """A convention, as far as it concerns one lesson.

    says:         for the students: "The rows of im2col's columns have the channels last."
    text:         (old, new) pairs of text in lesson.py, its solutions included; each `old` must occur
    hint:         for an answer that follows the public course
    words:        (old, new) pairs of text in the hints of checks.py and mistakes.py, where they occur
    translations: {name of an exercise: Translation}; one that only uses such an exercise needs none
    mistakes:     {name of an exercise: more Mistakes}, with changes to the term's solution
    obsolete:     {name of an exercise: names of planted mistakes that are none in this term}
    """

    says: str
    text: tuple
    hint: str
    words: tuple = ()
    translations: dict = field(default_factory=dict)
    mistakes: dict = field(default_factory=dict)
    obsolete: dict = field(default_factory=dict)


def conventions_in(folder):
    """{name: Convention} of a lesson's folder."""
    path = Path(folder) / "conventions.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location(f"minifcn_conventions_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CONVENTIONS


def translated(exercises, file, name):
    """The Exercises of a checks.py under a convention of its lesson. file: the path of that checks.py"""
    convention = conventions_in(Path(file).parent)[name]
    return [translated_exercise(exercise, convention) for exercise in exercises]


def translated_exercise(exercise, convention):
    translation = convention.translations.get(exercise.name)
    hints = tuple(in_other_words(sentence, convention) for sentence in exercise.hints)
    properties = exercise.properties
    if translation:
        properties = tuple(dataclasses.replace(p, cases=translated_cases(p, translation)) for p in properties)
    return dataclasses.replace(exercise, hints=hints, properties=properties)


def translated_cases(prop, translation):
    """The cases of a property, as a function of a random generator, with the arguments and results of the term."""

    def cases(rng):
        for case in prop.cases(rng):
            if prop.probe:
                args = translation.probes.get(prop.probe.__name__, as_they_are)(*case.args, **case.kwargs)
                yield dataclasses.replace(case, args=args)
            else:
                args, result = translation.give(*case.args, **case.kwargs), case.expected
                yield dataclasses.replace(case, args=args, expected=translation.tell(result, *case.args, **case.kwargs))

    return cases


def in_other_words(sentence, convention):
    """A hint, with the words of the convention."""
    for old, new in convention.words:
        sentence = sentence.replace(old, new)
    return sentence
