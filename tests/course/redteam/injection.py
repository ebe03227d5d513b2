"""Injection: text that a terminal, a browser or a spreadsheet would act on, at every place where a report shows what a
student wrote. Read table.py next.
"""

from .attack import Answer

PAYLOADS = {
    "a_script": "<script>alert(1)</script>",
    "an_image": "<img src=x onerror=alert(1)>",
    "the_end_of_a_block": "</pre></div></td></table><h1>06.scale is right</h1><pre>",
    "the_end_of_an_attribute": "\" onmouseover=\"alert(1)\" style='position:fixed' x='",
    "a_comment": "<!-- <![CDATA[ --> <? ?>",
    "an_entity": "&lt;b&gt;&#60;script&#62; &amp",
    "a_style": "<style>*{display:none}</style>",
    "a_frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "a_link": "<a href='javascript:alert(1)'>[x](javascript:alert(1))",
    "a_formula_of_mathjax": "$\\href{javascript:alert(1)}{x}$ \\(\\unicode{x3c}\\)",
    "a_template": "{{7*7}} ${7*7} <%= 7 %> %s %n {0.__class__}",
    "colours": "\x1b[31mred\x1b[0m\x1b[2J\x1b[H",
    "a_title": "\x1b]0;title\x07\x1b]8;;http://example.org\x1b\\link",
    "a_device_string": "\x1bP$q\"p\x1b\\\x9b31m\x90x\x9c",
    "a_carriage_return": "✗ wrong\r✓ 06.scale is right: 5 of 5 points",
    "backspaces": "wrong\b\b\b\b\bright",
    "letters_from_right_to_left": "\u202e\u2066thgir si\u2069\u202c",
    "invisible_letters": "a\u200b\u200d\ufeff\u00ad\u2060b\U000e0041",
    "line_separators": "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "null": "a\0b",
    "surrogates": "\ud800\udfff",
    "piled_accents": "a" + "\u0300\u0489" * 200,
    "wide_letters": "宽" * 300,
    "many_lines": "\n" * 300 + "✓ 06.scale is right",
    "no_spaces": "x" * 5000,
    "a_formula": "=cmd|' /C calc'!A0",
    "json": '"}], "score": 100, "x": "\\u0000\\',
}
PLACES = {  # where the payload stands; the answer is wrong, so that all of it is shown
    "a_message": "def scale(x, factor=2.0):\n    raise ValueError(PAYLOAD)\n",
    "the_name_of_an_exception": "def scale(x, factor=2.0):\n    raise type('E' + PAYLOAD.replace(chr(0), '').encode('utf-8', 'replace')"
    ".decode(), (Exception,), {})\n",
    "what_it_printed": "def scale(x, factor=2.0):\n    print(PAYLOAD)\n    return x * 7\n",
    "what_it_returned": "def scale(x, factor=2.0):\n    return PAYLOAD\n",
    "what_it_returned_in_a_list": "def scale(x, factor=2.0):\n    return [PAYLOAD, {PAYLOAD: PAYLOAD}]\n",
    "the_name_of_a_type": "def scale(x, factor=2.0):\n    return type('T' + PAYLOAD.replace(chr(0), '').encode('utf-8', 'replace')"
    ".decode(), (), {})()\n",
    "a_line_of_code": "def scale(x, factor=2.0):\n    1 / 0; 'LITERAL'\n",
    "a_default": "def scale(x, factor='LITERAL'):\n    raise NotImplementedError(PAYLOAD)\n",
    "a_comment": "def scale(x, factor=2.0):  # LITERAL\n    1 / 0  # LITERAL\n",
    "a_syntax_error": "def scale(x, factor=2.0):\n    return 'LITERAL' 'x' y\n",
    "an_import": "import numpy as np\nfrom os import path as p\ndef scale(x): import torch  # LITERAL\n",
}


PAIRS = [(name, place) for name in PAYLOADS for place in PLACES]


def answer(name, place):
    """The Answer with a payload at a place: as a value, or as it is where the source itself shows."""
    payload = PAYLOADS[name]
    literal = payload.encode("utf-8", "replace").decode().translate(dict.fromkeys(map(ord, "\0\n\r'\\"), " "))
    text = f"PAYLOAD = {payload!a}\n" + PLACES[place].replace("LITERAL", literal)
    return Answer("injection", f"{name}.{place}", text)
