"""The benchmark: both libraries compute the same in every case, rounds are fair, and the table says what was found."""

import importlib.util
import json
from dataclasses import replace

import numba
import numpy as np
import pytest
from PIL import Image
from test_plot import overhang

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.__main__ import main
from minifcn.bench import alone, pictures, report, rival, run, timing
from minifcn.bench.accuracy import accuracy_rows, relative_error
from minifcn.bench.case import Case, Goal, Row, arrays_of, normal
from minifcn.bench.conv_cases import MAPS, conv_cases, conv_work, upsampling_work
from minifcn.bench.net_cases import net_cases, net_work, resnet_work
from minifcn.bench.op_cases import OPS, op_cases, op_work, sgd_work
from minifcn.bench.profile import Profile, profile_lines, profiling, subclasses
from minifcn.bench.scaling import Curve, growth_exponent
from minifcn.function import Function
from minifcn.kernels import cpu
from minifcn.kernels.cpu.convolution.conv import IMPLEMENTATIONS
from minifcn.kernels.geometry import conv_geometry
from minifcn.plot.speed import divide

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
DOUBLE = np.float64
SPEED, COST = Goal(1.0, 2.0), Goal(1.1, 0.8, larger=False)
CURVE = {"title": "step", "x_name": "side", "power": 2, "x": [8, 16, 32], "ours": [1.0, 4.0, 16.0]}


def rows():
    return [
        Row("conv", "conv 8->8", "forward", "ms", 2.0, 3.0, 2.5, None, 1.25, SPEED, "winograd4"),
        Row("conv", "conv 8->8", "backward input", "ms", 4.0, 3.0, 3.5, 2.0, 0.5, SPEED),
        Row("memory", "step", "", "MB", 700.0, 1000.0, value=0.7, goal=COST),
        Row("start", "import", "", "s", 0.41, None, value=0.41, goal=Goal(0.5, 0.4, larger=False)),
    ]


@pytest.fixture(autouse=True)
def quick_compiler(monkeypatch):
    """torch.compile records the operations, but generates no C++, which takes seconds for each."""
    monkeypatch.setattr(rival, "BACKEND", "eager")


def assert_same(work, parts, compiles=False, **tolerance):
    """Every contender's parts give what ours give."""
    assert set(work) == {"ours", "torch", "channels last"} | ({"compiled"} if compiles else set())
    for contender in set(work) - {"ours"}:
        for part in parts:
            pairs = zip(arrays_of(work["ours"][part]()), arrays_of(work[contender][part]()), strict=True)
            for ours, theirs in pairs:
                assert ours.any()
                np.testing.assert_allclose(ours, theirs, **{"rtol": 1e-9, "atol": 1e-9} | tolerance, err_msg=part)


# The cases ------------------------------------------------------------------------------------------------------------


@needs_torch
@pytest.mark.parametrize("C, K, side, size", [(3, 4, 9, 3), (5, 6, 8, 3), (6, 4, 5, 1), (4, 6, 7, 7)])
def test_convolutions_are_the_same_in_both_libraries(C, K, side, size):
    assert_same(conv_work(DOUBLE, 2, C, K, side, conv_geometry(size, 1, size // 2)), MAPS)


@needs_torch
@pytest.mark.parametrize("factor", [2, 8])
def test_upsamplings_are_the_same_in_both_libraries(factor):
    assert_same(upsampling_work(DOUBLE, 2, 5, factor, 3), MAPS)


@needs_torch
@pytest.mark.parametrize("call, make_inputs", [op[1:3] for op in OPS], ids=[op[0] for op in OPS])
def test_operations_are_the_same_in_both_libraries(call, make_inputs):
    assert_same(op_work(call, make_inputs(2, 5, 8, 8, DOUBLE)), ("forward", "backward"), compiles=True)


@needs_torch
def test_the_update_is_the_same_in_both_libraries():
    work = sgd_work(DOUBLE, [(4, 3), (5, 4)])
    for _ in range(3):
        ours, theirs = (work[contender]["update"]() for contender in ("ours", "torch"))
        for updated, expected in zip(arrays_of(ours), arrays_of(theirs), strict=True):
            np.testing.assert_allclose(updated, expected, rtol=1e-13)


@needs_torch
@pytest.mark.parametrize("backbone", ["small", pytest.param("vgg16", marks=pytest.mark.slow)])
def test_training_steps_and_inferences_are_the_same_in_both_libraries(backbone):
    """The second loss is that of the updated weights, so the gradients and the update are compared too."""
    work = net_work(backbone, 2, 40, DOUBLE, widths=(4, 4, 6, 6, 8), head=10, dropout=0.0)
    first, second = ([float(parts["step"]()) for parts in work.values()] for _ in range(2))
    np.testing.assert_allclose(first, first[0], rtol=1e-12)
    np.testing.assert_allclose(second, second[0], rtol=1e-11)
    assert abs(second[0] - first[0]) > 1e-8 * first[0]
    assert_same(work, ["inference", "fused inference"], compiles=True, rtol=1e-8, atol=1e-8)


@needs_torch
def test_resnets_inferences_are_the_same_in_both_libraries():
    work = resnet_work(2, 40, DOUBLE, width=1 / 16)
    assert_same(work, ["inference", "fused inference"], compiles=True, rtol=1e-8, atol=1e-8)


@needs_torch
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # PyTorch's own compiler imports what PyTorch deprecates
@pytest.mark.parametrize("call, make_inputs", [op[1:3] for op in OPS], ids=[op[0] for op in OPS])
def test_operations_compiled_into_machine_code_are_the_same(call, make_inputs, monkeypatch):
    monkeypatch.setattr(rival, "BACKEND", "inductor")
    if reason := rival.no_compiler():
        pytest.skip(reason)
    assert_same(op_work(call, make_inputs(2, 5, 8, 8, DOUBLE)), ("forward", "backward"), compiles=True)


@needs_torch
def test_nothing_is_compiled_before_it_is_called(monkeypatch):
    """Sections that time something else, and --quick, make the same cases."""
    import torch

    compilations = []
    monkeypatch.setattr(rival, "BACKEND", lambda graph, inputs: compilations.append(graph) or graph.forward)
    work = op_work(lambda f, x: f.relu(x), [normal(1, 2, 4, 4)])
    net_work("small", 1, 32, widths=(4, 4, 4, 4, 4), head=4)
    assert not compilations
    work["compiled"]["backward"]()
    assert len(compilations) == 1 and isinstance(compilations[0], torch.nn.Module)


@needs_torch
def test_the_reason_is_a_line_where_no_compiler_is_found(monkeypatch):
    def fails(graph, inputs):
        raise RuntimeError("no C++ compiler found\nin /usr/bin")

    monkeypatch.setattr(rival, "BACKEND", fails)
    assert rival.no_compiler.__wrapped__().endswith("RuntimeError: no C++ compiler found in /usr/bin")


def test_the_names_of_all_rows_differ():
    names = [(job.section, name) for job in run.jobs(1, quick=True) for name in job.names]
    assert len(set(names)) == len(names) > 200


def test_every_convolution_says_which_algorithm_it_takes():
    for case in conv_cases():
        assert all(case.note(part) for part in case.parts) or case.name.startswith("upsampling")


def test_every_map_of_every_convolution_is_a_row():
    parts = [part for case in conv_cases() if case.section == "conv" for part in case.parts]
    assert {part: parts.count(part) for part in MAPS} == dict.fromkeys(MAPS, 8 + 8 + 7 + 8)


def test_every_timed_case_has_a_goal_for_the_ratio():
    assert all(case.goal.larger for case in [*net_cases(), *conv_cases(), *op_cases()])


# Timing ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def hurry(monkeypatch):
    """No pauses, no more rounds than have to be, one call a sample."""
    for name in ("REST", "ENOUGH", "SHORT", "AWAKE", "IN_A_ROW"):
        monkeypatch.setattr(timing, name, 0)


def test_every_contender_comes_first_in_turn(hurry):
    calls = []
    timing.compare({name: lambda name=name: calls.append(name) for name in "abc"}, rounds=4)
    assert "".join(calls[6:]) == "abc" "bca" "cab" "abc"  # after two calls each that count for nothing


@pytest.mark.parametrize("seconds, rounds", [(0.5, timing.MOST), (5, 9), (60, timing.FEWEST)])
def test_short_rows_have_more_rounds_and_long_ones_fewer(seconds, rounds):
    assert timing.wanted(9, seconds) == rounds


def test_the_ratio_is_to_the_fastest_rival():
    times = {"ours": [2, 2, 2], "torch": [8, 8, 8], "channels last": [1, 6, 6], "compiled": [7, 7, 7]}
    assert timing.medians(times)[1] == 3


def test_the_ratio_is_the_median_of_the_rounds():
    """The first round was slow for both, the last for one: neither decides."""
    milliseconds, ratio = timing.medians({"ours": [9, 1, 2, 2, 1], "torch": [18, 2, 4, 4, 90]})
    assert ratio == 2
    assert milliseconds == {"ours": 2000, "torch": 4000}


def test_without_a_rival_there_is_no_ratio():
    assert timing.medians({"ours": [1, 2, 3]}) == ({"ours": 2000}, None)


@pytest.mark.parametrize("seconds, calls", [
    ({"ours": 0.25, "torch": 0.5}, {"ours": 4, "torch": 2}),  # a sample lasts at least a second
    ({"ours": 0.25, "torch": 3}, {"ours": 4, "torch": 1}),
    ({"ours": 0.1, "torch": 0.2}, {"ours": 4 + 10, "torch": 2 + 5}),  # both are short: each follows 0.4 s of itself
    ({"ours": 0.29, "torch": 0.01}, {"ours": 1 + 3, "torch": 40 + 100}),  # at least one call
])  # fmt: skip
def test_a_sample_of_short_work_has_several_calls_and_follows_others(seconds, calls, hurry, monkeypatch):
    monkeypatch.setattr(timing, "SHORT", 1)
    monkeypatch.setattr(timing, "AWAKE", 0.4)
    monkeypatch.setattr(timing, "IN_A_ROW", 0.3)
    monkeypatch.setattr(timing, "duration", seconds.get)
    called = []
    monkeypatch.setattr(timing, "sample", lambda name, before, timed: called.append((name, before + timed)) or 1.0)
    timing.compare({name: name for name in seconds}, rounds=1)
    assert dict(called) == calls


def test_the_duration_of_short_work_is_the_fastest_call(monkeypatch):
    """The first calls wait for cores that are asleep."""
    clock, lasts = [0.0], iter([5, 4, *[3e-3] * 4, *[1e-3] * 5])
    monkeypatch.setattr(timing, "SHORT", 10)
    monkeypatch.setattr(timing.time, "perf_counter", lambda: clock[0])
    assert timing.duration(lambda: clock.__setitem__(0, clock[0] + next(lasts))) == pytest.approx(1e-3)


# Rows and goals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal, value, verdict", [
    (SPEED, 2.0, "++"), (SPEED, 1.9, "+"), (SPEED, 0.9, "-"), (COST, 0.8, "++"), (COST, 1.0, "+"), (COST, 1.2, "-"),
])  # fmt: skip
def test_a_goal_is_a_least_and_an_aim(goal, value, verdict):
    assert goal.verdict(value) == verdict


def test_results_survive_being_written_and_read(tmp_path):
    path = tmp_path / "bench.json"
    report.save(path, FACTS, rows(), [CURVE])
    assert report.load(path) == (FACTS, rows(), [CURVE])


def test_a_line_has_all_columns_and_the_algorithm():
    first, second = (report.row_line(row) for row in rows()[:2])
    assert first.split()[2:] == ["forward", "3.00", "2.50", "-", "2.00", "1.50", "1.25", "1", "2", "+", "winograd4"]
    assert second.split()[3:] == ["input", "3.00", "2.00", "4.00", "0.75", "0.50", "1", "2", "SHORT"]  # no 3.50


def test_the_summary_repeats_what_falls_short():
    text = "\n".join(report.summary(rows()))
    assert "3 of 4 rows reach what they have to, 1 the aim" in text
    assert "backward input" in text and "forward" not in text


def test_markdown_has_a_table_a_section(tmp_path):
    lines = "\n".join(report.markdown(FACTS, rows())).splitlines()
    assert sum(line.startswith("|---") for line in lines) == 3
    assert "| conv 8->8 forward | 3.00 | 2.50 | - | 2.00 | 1.50 | 1.25 | 1 | 2 | + |" in lines
    assert "| step |  |  |  | 700 |  | 0.70 | <= 1.1 | <= 0.8 | ++ |" in (line.replace("1000", "") for line in lines)


def test_rows_that_are_alike_have_a_line_with_their_median_in_markdown():
    alike = [replace(rows()[0], section="op", name="relu 64 @8 batch 1", value=value) for value in (0.5, 3.0, 1.25)]
    assert "| ReLU | 3 | 1.25 (0.50 to 3.00) |" in list(report.markdown(FACTS, [*rows(), *alike]))


def test_results_from_before_torch_compile_can_be_read(tmp_path):
    path = tmp_path / "bench.json"
    report.save(path, FACTS, rows(), [])
    saved = json.loads(path.read_text())
    for row in saved["rows"]:
        del row["compiled"]
    path.write_text(json.dumps(saved))
    assert report.load(path)[1] == [replace(row, compiled=None) for row in rows()]


def test_why_there_are_no_times_of_torch_compile_is_said_once():
    assert "torch.compile" not in "".join(report.machine_lines(FACTS))
    assert list(report.machine_lines(FACTS | {"torch.compile": "no g++"}))[-1] == "no times of torch.compile: no g++"


FACTS = {"cpu": "x", "cores": 2, "threads": 1, "threading layer": "omp", "spins": "9", "simd": "plain", "torch": None,
         "numpy": "2", "numba": "0", "python": "3", "system": "Linux", "date": "2026"}  # fmt: skip


def test_growth_is_the_exponent():
    assert growth_exponent(CURVE) == pytest.approx(2)


def test_a_curve_is_measured_at_each_size(hurry):
    curve = Curve("c", "n", 1, (1, 2), lambda x: {"ours": lambda: x, "torch": lambda: x, "channels last": lambda: x})
    measured = curve.measure(1)
    assert measured["x"] == [1, 2] and len(measured["ours"]) == len(measured["torch"]) == 2
    assert "channels last" not in measured


# Accuracy -------------------------------------------------------------------------------------------------------------


def test_the_relative_error_is_over_all_arrays():
    assert relative_error([np.array([3.0]), np.array([0.0])], [np.array([3.0]), np.array([4.0])]) == pytest.approx(0.8)


def test_a_convolution_is_measured_in_each_algorithm_that_fits():
    case = next(case for case in conv_cases() if "16->16 @96" in case.name)
    work = lambda dtype: {"ours": conv_work(dtype, 1, 16, 16, 12, conv_geometry(3, 1, 1))["ours"]}
    case = Case(case.section, case.name, case.parts, case.goal, work, case.note)
    found = {row.note: row.value for row in accuracy_rows(case, ["forward"])}
    fits = lambda algorithm: algorithm.fits("forward", (16, 16, 3, 3), conv_geometry(3, 1, 1), np.dtype(np.float32))
    assert set(found) == {name for name, algorithm in IMPLEMENTATIONS.items() if fits(algorithm)}
    assert all(1e-8 < error < 1e-5 for error in found.values())


# Processes of their own -----------------------------------------------------------------------------------------------


def test_a_child_gives_back_what_it_prints():
    assert alone.run_child("import os, json; print(json.dumps(os.environ['NUMBA_NUM_THREADS']))", 1) == "1"


def test_a_child_that_fails_is_told():
    with pytest.raises(RuntimeError, match="bench: a child process ended with exit code 1: .*no such thing"):
        alone.run_child("raise ValueError('no such thing')", 1)


def test_memory_counts_what_was_held_and_dropped():
    code = "from minifcn.bench.alone import resident_bytes; before = resident_bytes(); len(bytearray(50_000_000));"
    code += "print(resident_bytes(peak=True) - before)"
    assert 45e6 < alone.run_child(code, 1) < 80e6


# The profile ----------------------------------------------------------------------------------------------------------


def what_is_timed():
    return [vars(cpu)[name] for name in cpu.__all__], [vars(f).get("backward") for f in subclasses(Function)]


def test_a_profile_has_an_entry_an_operation_and_phase_and_leaves_nothing_behind():
    before = what_is_timed()
    x = tensor(normal(1, 4, 8, 8), requires_grad=True)
    with profiling() as profile:
        F.relu(F.conv2d(x, tensor(normal(6, 4, 3, 3)), padding=1)).sum().backward()
    found = {key: entry.flops for key, entry in profile.entries.items()}
    assert found["conv_forward 3x3 4->6 @8", "forward"] == 2 * 6 * 4 * 9 * 64
    assert found["conv_backward_input 3x3 4->6 @8", "backward"] == 2 * 6 * 4 * 9 * 64
    assert ("relu_backward 1x6x8x8", "backward") in found
    assert before == what_is_timed()
    profile.seconds = sum(entry.seconds for entry in profile.entries.values())
    for entry in profile.entries.values():
        entry.seconds = profile.seconds / len(profile.entries)  # none is too short for a line of its own
    lines = "\n".join(profile_lines(profile, 100.0, 10.0))
    assert "autograd and the rest" in lines and "conv_forward" in lines


def test_a_profile_compares_each_operation_with_what_limits_it():
    """At 100 GFLOP/s and 10 GB/s, two of these take a second at least, and each takes two."""
    profile = Profile()
    profile.enter("conv_forward", 100 * 10**9, 10**9, "forward", 2.0)  # limited by arithmetic
    profile.enter("relu_forward", 0, 10 * 10**9, "forward", 2.0)  # by memory
    profile.enter("relu without its kernels", 0, 0, "forward", 2.0)
    profile.seconds = 8.0
    found = reversed(list(profile_lines(profile, 100.0, 10.0)))  # of lines that begin alike, the first stays
    lines = {line[:46].strip(): line.split() for line in found}
    assert lines["conv_forward"][-1] == lines["relu_forward"][-1] == "50%"
    assert lines["all"][-1] == "33%" and lines["the whole step"][-1] == "25%"


def test_a_step_is_profiled_by_part_of_its_name():
    found = [run.setting_of(only) for only in ("", "batch 4", "small", "demo")]
    assert found == [("vgg16", 1, 224), ("vgg16", 4, 224), *[("small", 8, 96)] * 2]


def test_the_times_of_a_profile_do_not_overlap():
    x = tensor(normal(4, 16, 32, 32), requires_grad=True)
    with profiling() as profile:
        start = timing.time.perf_counter()
        F.relu(x).sum().backward()
        taken = timing.time.perf_counter() - start
    assert 0 < sum(entry.seconds for entry in profile.entries.values()) <= taken


# The pictures ---------------------------------------------------------------------------------------------------------


def words(figure):
    return {text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))}


def test_the_dots_are_in_groups_with_a_legend_and_the_machine():
    figure = plot.speed_ratios({"convolutions": rows()[:1], "others": rows()[1:2]}, "AMD, 2 cores; 2026-11-20")
    assert {"convolutions", "others", "conv 8->8", "AMD, 2 cores; 2026-11-20"} <= words(figure)
    assert {"forward", "gradient of the input", "required at least"} <= words(figure)
    assert {1.25, 0.5} <= {x for axes in figure.axes for line in axes.lines for x in line.get_xdata()}
    assert overhang(figure) < 0.01


def test_groups_are_divided_into_columns_of_like_length():
    groups = {f"group {k}": [replace(rows()[0], name=f"row {i}") for i in range(9)] for k in range(6)}
    assert [list(column) for column in divide(groups)] == [[f"group {k}" for k in part] for part in ((0, 1, 2), (3, 4, 5))]


@pytest.mark.parametrize("name, section, heading, text", [
    ("step FCN-8s on VGG16 @224 batch 1", "step", "one training step of FCN-8s", "VGG16, 224 × 224, batch 1"),
    ("conv 3x3 64->128 @112 batch 4", "conv", "3x3 convolutions of VGG16, batch 4", "64 → 128, 112 × 112"),
    ("conv 3x3 d12 512->1024 @28 batch 2", "conv", "dilated convolutions, 3x3", "dilation 12, 512 → 1024, 28 × 28, batch 2"),
    ("conv 5x5 g2 96->256 @27 batch 2", "conv", "AlexNet's convolutions in two groups", "5x5, 96 → 256, 27 × 27, batch 2"),
    ("upsampling x8 21 @28 batch 1", "op", "transposed convolutions, 21 classes", "×8, 21 channels, 28 × 28, batch 1"),
    ("batch norm 16 @96 batch 8", "op", "batch norm", "16 channels, 96 × 96, batch 8"),
    ("conv 3x3x3 8 @48 batch 1", "op", "3x3x3 convolutions of volumes", "8 channels, 48 × 48 × 48, batch 1"),
    ("fused inference ResNet-50 @224 batch 1", "inference", "inference with fused networks", "ResNet-50, 224 × 224, batch 1"),
    ("SGD step of VGG16's 14.7 M weights", "op", "others", "SGD step of VGG16's 14.7 M weights"),
])
def test_the_rows_of_the_picture_are_named_in_words(name, section, heading, text):
    row = replace(rows()[0], name=name, section=section)
    assert pictures.grouped([row]) == {heading: [replace(row, name=text)]}


def test_the_curves_have_a_pane_each():
    figure = plot.speed_scaling([CURVE, CURVE | {"torch": [2.0, 5.0, 9.0]}], "AMD, 2 cores")
    assert {"AMD, 2 cores", "PyTorch", "time (ms)"} <= words(figure) and overhang(figure) < 0.01
    assert [len(axes.lines) for axes in figure.axes] == [2, 3]  # the guide; PyTorch where it was measured; minifcn


# The command ----------------------------------------------------------------------------------------------------------


def test_only_names_sections_or_parts_of_rows():
    job = run.Job("conv", ("conv 8->8 forward", "conv 8->8 backward"), None)
    assert job.select([]) == job.select(["conv"]) == job.names
    assert job.select(["relu", "forward"]) == ("conv 8->8 forward",)
    assert job.select(["op"]) == ()


@pytest.fixture
def small_jobs(monkeypatch, hurry):
    """A benchmark of one operation at a tiny size, a convolution's accuracy, and a curve."""
    call = lambda f, x: f.relu(x)
    make = lambda dtype: op_work(call, [normal(1, 2, 4, 4, dtype=dtype)])
    case = Case("op", "relu", ("forward", "backward"), SPEED, make)
    curve = Curve("curve", "n", 1, (1, 2, 4), lambda x: {"ours": lambda: sum(range(100 * x))})
    jobs = [
        run.case_job("op", case, lambda parts: run.timed_rows(case, parts, 1)),
        run.case_job("accuracy", case, lambda parts: accuracy_rows(case, parts)),
        run.Job("scaling", ("curve",), lambda names: [curve.measure(1)]),
    ]
    monkeypatch.setattr(run, "jobs", lambda threads, quick: jobs)


def bench(*options):
    return main(["bench", *options])


def test_bench_prints_the_table_and_writes_results_and_pictures(small_jobs, tmp_path, capsys):
    before = numba.get_num_threads()
    assert bench("--threads", "1", "--out", str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "no times of torch.compile" not in out
    assert all(word in out for word in ("relu forward", "relu backward", "our time grows as n^", "1 threads", "written: "))
    results = json.loads((tmp_path / "bench.json").read_text())
    assert [row["section"] for row in results["rows"]] == ["op", "op", "accuracy", "accuracy"]
    assert results["machine"]["threads"] == 1 and len(results["curves"]) == 1
    assert (results["rows"][0]["compiled"] is not None) == rival.installed()
    with Image.open(tmp_path / "bench-scaling.png") as image:
        assert image.size > (100, 100)
    assert (tmp_path / "bench-ratios.png").exists() == rival.installed()
    assert numba.get_num_threads() == before


def test_bench_without_torch_gives_our_own_figures_and_says_so(small_jobs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(rival, "installed", lambda: False)
    assert bench("--out", str(tmp_path)) == 0
    assert "PyTorch is not installed: our own figures only" in capsys.readouterr().out
    _, found, _ = report.load(tmp_path / "bench.json")
    assert all(row.torch is None for row in found) and found[0].value is None


def test_only_has_a_file_of_its_own_and_markdown_reads_it(small_jobs, tmp_path, capsys):
    options = "--only", "relu forw", "--quick", "--out", str(tmp_path)
    assert bench(*options) == 0
    assert (tmp_path / "bench-relu-forw-quick.json").exists()
    assert ("no times of torch.compile: not with --quick" in capsys.readouterr().out) == rival.installed()
    assert bench(*options, "--markdown") == 0
    out = capsys.readouterr().out
    assert "| relu forward |" in out and "backward" not in out


@pytest.mark.parametrize("options, told", [
    (["--only", "nothing"], "bench: nothing is called 'nothing'; expected step, inference, conv, op, "),
    (["--profile", "--only", "relu"], "bench: no step to profile is called 'relu'; expected part of step FCN-8s on "),
    (["--markdown"], "run `minifcn bench` with the same options first"),
])  # fmt: skip
def test_what_is_not_there_is_told_in_a_line(options, told, tmp_path, capsys):
    assert bench(*options, "--out", str(tmp_path)) == 1
    err = capsys.readouterr().err
    assert told in err and err.count("\n") == 1


def test_a_file_that_is_no_result_is_told(tmp_path, capsys):
    (tmp_path / "bench.json").write_text('{"machine": {}, "rows": [], "curves": []}')
    assert bench("--markdown", "--out", str(tmp_path)) == 1
    assert "holds no results of `minifcn bench`" in capsys.readouterr().err
