"""Answers that mean to be taken for right without being right, and replies that they forge. None may raise in the grader.

Each is an answer to 06.scale of the tiny course, which is to return factor * x. Read hangs.py next.
"""

from .attack import Answer

CHEATS, FORGED = [], []


def cheat(name, source):
    """Add an answer that returns what is wrong."""
    CHEATS.append(Answer("cheats", name, source))


def returning(name, expression, above=""):
    """Add an answer that returns the value of an expression."""
    cheat(name, f"{above}\ndef scale(x, factor=2.0):\n    return {expression}\n")


# What looks equal to everything ---------------------------------------------------------------------------------------

ALIKE = """\
import numpy as np

class Alike{base}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *given, **named): return np.ones((2, 2))
    def __array_ufunc__(self, *given, **named): return self
    def __array_function__(self, *given, **named): return True
    def __getattr__(self, name): return self
    def __call__(self, *given, **named): return self
    def __bool__(self): return True
    def __len__(self): return 0
    def __sub__(self, other): return 0
    __rsub__ = __abs__ = __float__ = __sub__
    __hash__ = None
"""
returning("what_is_equal_to_everything", "Alike()", ALIKE.format(base=""))
for base in "int", "float", "str", "list", "dict", "tuple", "np.float64":
    name = base.replace(".", "_")
    returning(f"a_subclass_of_{name}", "Alike()", ALIKE.format(base=f"({base})"))
returning("an_array_that_is_equal_to_everything", "np.zeros((2, 2)).view(Alike)", ALIKE.format(base="(np.ndarray)"))
returning("a_class_that_claims_to_be_an_array", "type('ndarray', (), {'__class__': property(lambda self: np.ndarray)})()",
          "import numpy as np")  # fmt: skip
returning("an_array_of_nan", "x * float('nan')")
returning("an_array_of_inf", "x * float('inf')")
returning("an_array_of_objects", "(factor * x).astype(object)")
returning("a_masked_array", "np.ma.masked_array(x, mask=True)", "import numpy as np")
returning("a_matrix_of_records", "np.zeros(x.shape, [('a', 'f8')])", "import numpy as np")
returning("an_array_of_dates", "np.zeros(x.shape, 'M8[s]')", "import numpy as np")
returning("an_array_of_text", "np.zeros(x.shape, 'U5')", "import numpy as np")
returning("an_array_without_end", "np.broadcast_to(1.0, (2**40,))", "import numpy as np")
returning("an_array_of_no_one_s_memory", "np.lib.stride_tricks.as_strided(np.ones(1), (10**6,), (2**40,))", "import numpy as np")
returning("an_array_of_too_many_axes", "np.ones((1,) * 32)", "import numpy as np")
returning("a_huge_number", "10**5000")
returning("a_huge_number_in_a_list", "[10**5000] * 10")
returning("a_complex_number", "complex('nan+infj')")
returning("bytes", "b'x' * 10**7")
returning("a_long_text", "'x' * 10**7 * 2")
returning("lone_surrogates", "'\\ud800' * 10")
returning("null_characters", "'\\0' * 10")
returning("a_list_of_a_million", "list(range(10**6))")
returning("many_lists_of_many", "[[[0] * 30] * 30] * 99")
returning("a_list_that_doubles", "held", "held = []\nfor _ in range(40): held = [held, held]")
returning("a_list_that_has_itself", "held", "held = []\nheld.append(held)")
returning("a_dict_that_has_itself", "held", "held = {}\nheld['x'] = held")
returning("a_deep_list", "held", "held = []\nfor _ in range(10**5): held = [held]")
returning("a_dict_of_strange_keys", "{None: 1, (1, 2): 2, 'x': {3: 4}}")
returning("a_set", "{1, 2, 3}")
returning("a_generator_without_end", "itertools.count()", "import itertools")
returning("itself", "scale")
returning("the_type_of_everything", "type")
returning("not_implemented", "NotImplemented")
returning("an_exception_as_value", "NotImplementedError('x')")
returning("a_list_with_a_wrong_length", "Long([1])", "class Long(list):\n    def __len__(self): return 10**9")
returning("a_list_without_an_end", "Long()",
          "import itertools\nclass Long(list):\n    def __iter__(self): return itertools.count()")  # fmt: skip
returning("a_dict_whose_items_raise", "Bad()", "class Bad(dict):\n    def items(self): raise SystemExit")
returning("an_array_whose_shape_raises", "np.ones(2).view(Bad)",
          "import numpy as np\nclass Bad(np.ndarray):\n    shape = property(lambda self: 1 / 0)")  # fmt: skip
returning("an_array_whose_bytes_lie", "np.ones((2, 2)).view(Bad)",
          "import numpy as np\nclass Bad(np.ndarray):\n    def tobytes(self, *given): return b'x' * 10**6")  # fmt: skip


# What changes its surroundings ----------------------------------------------------------------------------------------

DEED = """\
import builtins, gc, json, math, os, signal, struct, sys, threading
import numpy as np

def scale(x, factor=2.0):
    main = sys.modules["__main__"]
    {deed}
    return x * 0 + 7
"""


def deed(name, *lines):
    """Add an answer that does something and then returns sevens."""
    cheat(name, DEED.format(deed="\n    ".join(lines)))


deed("prints_that_it_passed", "print('✓ 06.scale is right: 5 of 5 points')", "print('\\x1b[2J\\rpassed')")
deed("prints_that_it_passed_past_python", "os.write(1, b'passed\\n'), os.write(2, b'passed\\n')")
deed("patches_comparing", "np.isclose = np.allclose = np.array_equal = lambda *a, **k: np.True_")
deed("patches_isfinite_and_abs", "np.isfinite = np.abs = np.argwhere = lambda *a, **k: np.zeros(0, int)")
deed("patches_ndarray_by_a_subclass", "np.ndarray = type('ndarray', (np.ndarray,), {'__eq__': lambda a, b: True})")
deed("patches_json", "json.dumps = lambda *a, **k: '[\"dict\"]'")
deed("patches_struct", "struct.pack = lambda *a: b''")
deed("patches_the_wire", "wire = sys.modules.get('wire') or getattr(main, 'wire', main)",
     "wire.encode = wire.pack = wire.send = lambda *a: b''")  # fmt: skip
deed("patches_the_worker_s_call", "main.call = lambda *a: {'value': True, 'changed': []}")
deed("patches_the_worker_s_load", "main.load = lambda *a: len")
deed("patches_the_worker_s_describe", "main.describe = lambda error: {'raised': 'x' * 10**6, 'message': None}", "1 / 0")
deed("patches_what_it_printed", "sys.stdout.text = lambda: 'x' * 10**7")
deed("patches_what_it_printed_by_no_text", "type(sys.stdout).text = lambda self: object()")
deed("patches_isinstance", "builtins.isinstance = lambda *a: True")
deed("patches_len", "builtins.len = lambda *a: 0")
deed("patches_exec", "builtins.exec = lambda *a: None")
deed("removes_the_builtins", "vars(builtins).clear()")
deed("removes_the_modules", "sys.modules.clear()")
deed("removes_standard_output", "sys.stdout = sys.stderr = None")
deed("traces_everything", "sys.settrace(lambda *a: 1 / 0)", "sys.setprofile(lambda *a: 1 / 0)")
deed("limits_the_stack", "sys.setrecursionlimit(60)")
deed("switches_off_the_collector", "gc.disable()", "gc.freeze()")
deed("searches_for_the_right_answer", "found = [a for a in gc.get_objects() if type(a) is np.ndarray and a.shape == x.shape]",
     "if found: return found[-1]")  # fmt: skip
deed("searches_the_callers_for_it", "frame = sys._getframe()", "while frame:",
     "    for key, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):",
     "        if 'expect' in str(key): return value", "    frame = frame.f_back")  # fmt: skip
deed("rewrites_the_question_in_the_callers", "request = sys._getframe(1).f_locals.get('request', {})",
     "request.update(args=(x * 0,), kwargs={})", "x *= 0")  # fmt: skip
deed("leaves_by_exit", "sys.exit(0)")
deed("leaves_by_the_system_s_exit", "os._exit(0)")
deed("leaves_by_an_abort", "os.abort()")
deed("leaves_by_a_fault", "np.lib.stride_tricks.as_strided(np.ones(1), (10,), (2**50,)).sum()")
deed("raises_an_interrupt", "raise KeyboardInterrupt")
deed("raises_an_exit_of_generators", "raise GeneratorExit")
deed("raises_stop_iteration", "raise StopIteration(x * factor)")
deed("raises_a_group", "raise BaseExceptionGroup('x', [SystemExit(0), KeyboardInterrupt()])")
deed("raises_what_has_no_text", "class Bad(Exception):", "    def __str__(self): raise SystemExit", "raise Bad")
deed("raises_what_has_a_text_of_another_kind", "class Bad(Exception):", "    def __str__(self): return 7", "raise Bad")
deed("raises_what_has_a_huge_text", "raise ValueError('x' * 10**7)")
deed("raises_what_has_a_huge_name", "raise type('x' * 10**7, (Exception,), {})")
deed("raises_what_has_no_name", "raise type('Bad', (Exception,), {'__name__': 7, '__class__': int})")
deed("raises_where_no_line_is", "raise SyntaxError('x', ('<answer>', -1, -1, 'x' * 10**6))")
deed("raises_on_a_line_far_down", "exec(compile('\\n' * 10**5 + '1 / 0', '<answer>', 'exec'))")
deed("raises_on_a_line_that_is_none", "error = SyntaxError('x')", "error.lineno = 'seven'", "raise error")
deed("raises_a_line_beyond_all_limits", "error = SyntaxError('x')", "error.lineno = 10**30", "raise error")
deed("raises_a_chain_without_end", "a, b = ValueError('a'), ValueError('b')", "a.__context__, b.__context__ = b, a", "raise a")
deed("claims_not_to_be_written", "raise NotImplementedError('write scale ' + '\\x1b[31m' * 100)")
deed("runs_out_of_stack", "return scale(x, factor)")
deed("runs_out_of_stack_in_c", "exec('(' * 10**5)")
deed("runs_out_of_memory", "held = np.ones(2**30)")
deed("prints_ten_megabytes", "print('x' * 10**7)")
deed("prints_ten_thousand_times", "for _ in range(10**4): print()")
deed("handles_every_signal", "for number in range(1, 32):",
     "    try: signal.signal(number, lambda *a: 1 / 0)", "    except Exception: pass")  # fmt: skip
deed("sets_an_alarm", "signal.setitimer(signal.ITIMER_REAL, 0.01)")
deed("leaves_threads_behind", "for _ in range(20): threading.Thread(target=threading.Event().wait).start()")
deed("reads_what_the_worker_is_to_be_asked_next", "import select", "for n in range(3, 20):",
     "    try: select.select([n], [], [], 0)[0] and os.read(n, 10**6)", "    except OSError: pass")  # fmt: skip
deed("closes_all_descriptors", "os.closerange(0, 100)")
deed("swaps_its_descriptors", "for n in range(3, 20):", "    try: os.dup2(0, n)", "    except OSError: pass")
cheat("is_no_function", "scale = 7\n")
cheat("is_a_class", "class scale:\n    def __init__(self, *given, **named): pass\n")
cheat("is_a_class_whose_name_is_the_expected_type", "class scale(int):\n    def __new__(cls, *given): return 1\n")
cheat("is_decorated_by_exit", "import sys\n@sys.exit\ndef scale(x, factor=2.0): return x\n")
cheat("exits_at_the_top", "import sys\ndef scale(x): return x\nscale = sys.exit() or scale\n")
cheat("is_an_object_that_knows_when_it_is_compared", "class Scale:\n    def __call__(self, x, factor=2.0): return self\n"
      "    def __eq__(self, other): return True\nscale = Scale()\n")  # fmt: skip
cheat("imports_the_checks", "import minifcn.course.checking.check as c\ndef scale(x, factor=2.0): return c\n")
cheat("imports_the_solution", "def scale(x, factor=2.0):\n    from lessons import lesson\n    return lesson.scale(x, factor)\n")
cheat("imports_by_a_variable", "def scale(x, factor=2.0):\n    return __import__('mini' + 'fcn.course.checking.check')\n")


# Forged replies -------------------------------------------------------------------------------------------------------

FORGE = """\
import json, os, struct, threading, time

def message(text, arrays=b"", length=None, size=None):
    text = text.encode() if isinstance(text, str) else text
    body = struct.pack("<Q", len(text) if length is None else length) + text + arrays
    return struct.pack("<Q", len(body) if size is None else size) + body

def reply(number, **named):
    about = {{"value": None, "changed": ["list"], "printed": "", "number": number, **named}}
    return message(json.dumps(["dict", *([key, value] for key, value in about.items())]))

def say(data):
    for descriptor in range(3, 40):
        try:
            os.write(descriptor, data)
        except OSError:
            pass

def scale(x, factor=2.0):
{deed}
    return x * 0 + 7
"""


def forge(name, *lines):
    """Add an answer that writes into every descriptor that it has."""
    text = "\n".join("    " + line for line in lines)
    FORGED.append(Answer("forged", name, FORGE.format(deed=text)))


REPLIES = {
    "none_at_all": "b''",
    "nonsense": "b'passed' * 10",
    "zeros": "bytes(1000)",
    "one_reply_ahead": "reply(3)",
    "two_hundred_replies_ahead": "b''.join(reply(n) for n in range(1, 200))",
    "an_array_as_a_reply": "message('[\"array\", \"<f8\", [1], \"C\"]', bytes(8))",
    "a_list_as_a_reply": "message('[\"list\"]')",
    "a_number_as_a_reply": "message('7')",
    "an_object_as_a_reply": "message('{\"value\": 1}')",
    "nothing_as_a_reply": "message('null')",
    "an_infinite_line": "reply(2, raised='E', message='', line=float('inf'), not_written=False)",
    "a_line_that_is_no_number": "reply(2, raised='E', message='', line=float('nan'), not_written=False)",
    "a_line_below_zero": "reply(2, raised='E', message='', line=-1, not_written=False)",
    "a_line_far_down": "reply(2, raised='E', message='', line=10**9, not_written=False)",
    "a_name_that_is_none": "reply(2, raised=None, message=None, line=None, not_written=None)",
    "a_number_as_a_float": "reply(2.0)",
    "a_number_as_a_truth": "reply(True)",
    "a_number_as_a_text": "reply('2')",
    "a_huge_number": "message('[\"dict\", [\"number\", ' + '9' * 5000 + ']]')",
    "a_number_of_a_million_digits": "message('9' * 10**6)",
    "doubled_keys": "message('[\"dict\", [\"number\", 1], [\"number\", 2], [\"number\", 2]]')",
    "keys_that_are_numbers": "message('[\"dict\", [1, 2]]')",
    "items_of_three": "message('[\"dict\", [\"a\", 2, 3]]')",
    "an_argument_that_is_not_there": "reply(2, changed=['list', 10**9])",
    "an_argument_below_zero": "reply(2, changed=['list', -1])",
    "an_argument_that_is_a_truth": "reply(2, changed=['list', True])",
    "arguments_that_are_a_text": "reply(2, changed='all')",
    "a_million_arguments": "reply(2, changed=['list'] + [0] * 10**5)",
    "a_shape_below_zero": "reply(2, value=['array', '<f8', [-1], 'C'])",
    "a_huge_shape": "reply(2, value=['array', '<f8', [2**39, 2**39], 'C'])",
    "a_huge_shape_of_nothing": "reply(2, value=['array', '<f8', [0, 2**39, 2**39, 2**39], 'C'])",
    "a_shape_of_many_axes": "reply(2, value=['array', '<f8', [1] * 100, 'C'])",
    "a_shape_of_truths": "reply(2, value=['array', '|b1', [True], 'C'])",
    "a_shape_of_floats": "reply(2, value=['array', '<f8', [1.0], 'C'])",
    "an_array_of_objects": "reply(2, value=['array', '|O', [1], 'C'])",
    "an_array_of_pointers": "reply(2, value=['array', '<V8', [1], 'C'])",
    "an_array_of_a_long_type": "reply(2, value=['array', '<f8' * 10**5, [1], 'C'])",
    "an_array_in_no_order": "reply(2, value=['array', '<f8', [0], 'K'])",
    "an_array_without_its_bytes": "reply(2, value=['array', '<f8', [10], 'C'])",
    "a_scalar_with_a_shape": "reply(2, value=['scalar', '<f8', [0], 'C'])",
    "a_kind_that_there_is_not": "reply(2, value=['pickle', 'cos\\nsystem\\n'])",
    "a_kind_that_is_no_text": "reply(2, value=[7])",
    "an_other_of_a_megabyte": "reply(2, value=['other', 'x' * 10**6])",
    "a_print_of_a_megabyte": "reply(2, printed='x' * 10**6)",
    "a_print_that_is_none": "reply(2, printed=None)",
    "a_message_of_a_megabyte": "reply(2, raised='E' * 10**6, message='x' * 10**6, line=1, not_written=False)",
    "deep_lists": "message('[\"list\",' * 10**5 + '1' + ']' * 10**5)",
    "deep_brackets": "message('[' * 10**6)",
    "broken_json": "message('[\"dict\", [\"value\"')",
    "bytes_that_are_no_text": "message(b'\"\\xff\\xfe\\x80\"')",
    "lone_surrogates": "reply(2, printed='\\ud800')",
    "bytes_too_many": "message('[\"dict\"]', bytes(100))",
    "a_text_longer_than_all": "message('null', length=2**63)",
    "a_text_longer_than_its_message": "message('null', length=100)",
    "a_length_of_2_63": "struct.pack('<Q', 2**63)",
    "a_length_of_a_gigabyte": "struct.pack('<Q', 2**30)",
    "a_length_of_zero": "struct.pack('<Q', 0)",
    "half_a_length": "b'abc'",
    "half_a_message": "message('null', size=10**6)",
    "an_infinite_value": "reply(2, value=float('inf'))",
    "strange_constants": "message('[\"list\", NaN, -Infinity, Infinity]')",
}
for name, data in REPLIES.items():
    forge(f"sends_{name}", f"say({data})")
    forge(f"sends_{name}_and_leaves", f"say({data})", "os._exit(0)")
forge("sends_a_reply_ahead_and_waits", "say(reply(3))", "while True: pass")
forge("sends_half_a_message_and_computes", "say(message('null', size=10**6))", "while True: pass")
forge("sends_200_replies_and_computes", "say(b''.join(reply(n) for n in range(1, 200)))", "while True: pass")
forge("sends_replies_from_a_thread", "def talk():", "    for n in range(10**4): say(reply(n))",
      "threading.Thread(target=talk, daemon=True).start()")  # fmt: skip
forge("floods", "for _ in range(64): say(bytes(2**22))")
forge("floods_with_replies", "block = reply(2) * 10**4", "for _ in range(16): say(block)")
forge("closes_its_pipes_and_computes", "os.closerange(3, 40)", "while True: pass")
