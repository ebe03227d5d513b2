"""Columns of a terminal: characters of two columns, texts that are too long, bars."""

import pytest

from minifcn.survey.columns import bar, fitted, left, wide, wrapped

TEXTS = ["class", "도로", "車と道", "🚗 car", "e\u0301tage", "", "a" * 90, "도" * 60]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_fills_its_columns_exactly(text):
    assert wide(left(text, 20)) == 20
    assert wide(fitted(text, 11)) <= 11


def test_wide_characters_count_twice_and_accents_nothing():
    assert [wide(text) for text in TEXTS[:5]] == [5, 4, 6, 6, 5]


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert fitted("photographs_of_leaves_0001.png", 15) == "photogr…001.png"


def test_lines_are_wrapped_at_words_and_lose_none():
    text = "one two 도로 three " * 20 + "x" * 300
    lines = wrapped(text, "    ", 60)
    assert max(map(wide, lines)) <= 60
    assert " ".join(line.strip() for line in lines).split()[:-1] == text.split()[:-1]


def test_bars_are_as_long_as_their_shares_and_never_vanish():
    assert bar(1, 10) == "█" * 10 and bar(0.5, 10) == "█" * 5 and bar(0.05, 10) == "▌"
    assert bar(0, 10) == "" and bar(1e-9, 10) == "▏"
