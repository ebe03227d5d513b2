"""`minifcn warm-up --profile`: each step has its own time, and the table adds up."""

import itertools

import pytest
from numba.core import event

from minifcn.__main__ import main
from minifcn.bench import compile_profile


def step(kind, **data):
    """The announcement of a step of the compiler, as a context."""
    return event.trigger_event(kind, data=data)


def compiler_pass(name, function, module="minifcn.kernels"):
    return step("numba:run_pass", name=f"{name} [{function}]", qualname=function, module=module)


@pytest.fixture
def clock(monkeypatch):
    """A Clock that listens; a second passes between any two looks at the time."""
    seconds = itertools.count()
    monkeypatch.setattr(compile_profile.time, "thread_time", lambda: next(seconds))
    clock = compile_profile.Clock()
    with event.install_listener("numba:run_pass", clock), event.install_listener("numba:llvm_lock", clock):
        yield clock


def test_a_step_has_the_seconds_that_no_step_inside_it_has(clock):
    with compiler_pass("nopython_type_inference", "outer"), compiler_pass("native_lowering", "inner"):
        pass
    assert clock.own["inner"]["lowering"] == 1
    assert clock.own["outer"]["typing"] == 2


def test_llvm_works_for_the_function_that_is_being_lowered(clock):
    with compiler_pass("parallel_lowering", "add_rows"), step("numba:llvm_lock"):
        pass
    assert clock.own == {"add_rows": {"lowering": 2, "LLVM": 1, "signatures": 0}}


def test_numbas_own_functions_share_a_row_and_inner_functions_have_that_of_the_outer_one(clock):
    with compiler_pass("translate_bytecode", "ol_np_empty.<locals>.impl", "numba.np.arrayobj"):
        pass
    with compiler_pass("translate_bytecode", "strip_address.<locals>.compiled"):
        pass
    assert clock.own.keys() == {compile_profile.NUMBAS, "strip_address"}
    assert clock.own["strip_address"]["signatures"] == 1


def test_the_table_has_the_slowest_functions_and_everything_in_its_last_row(monkeypatch, capsys):
    own = {f"f{n}": {"typing": n, "lowering": 0.5, "LLVM": 1, "signatures": 2} for n in range(30)}
    monkeypatch.setattr(compile_profile, "run_child", lambda *_, **__: (own, 500))
    assert main(["warm-up", "--profile"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split() == ["f29", "2", "29.00", "0.50", "1.00", "30.50"]
    assert lines[-3].split() == ["6", "others", "12", "15.00", "3.00", "6.00", "24.00"]
    assert lines[-2].split()[-1] == "20.00"  # 500 seconds without those of the functions
    assert lines[-1].split() == ["all", "60", "435.00", "15.00", "30.00", "500.00"]
