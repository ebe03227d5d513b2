"""The explorer's numbers are the library's, behind the page and on it.

Settings are drawn at random. The browser computes them all in one call; the library computes them again here.
"""

import json
from fractions import Fraction

import numpy as np
import pytest
from explorer_numbers import SKIPS, bilinear_of, convolution_of, drawn, fcn_of, ladder_of, transposed_of
from explorer_page import address, array_of, opened, shown

COMPUTE = """
const matrixOf = (c) => {
  const matrix = range(outputSize(c) ** 2).map(() => new Array(c.size ** 2).fill(0));
  for (const { at, tap, pixel } of termsOf(c)) matrix[at][pixel] = c.weight[tap];
  return matrix;
};
const unless = (error, numbers) => (error ? { error } : { error, ...numbers() });
return JSON.stringify(JSON.parse(arguments[0]).map(({ convolution: c, transposed: t, bilinear: b, fcn: f }) => ({
  convolution: unless(convolutionError(c), () => ({
    side: outputSize(c), columns: im2col(c, c.x), matrix: matrixOf(c), y: convolve(c, c.x, c.weight),
    counts: windowCounts(c) })),
  transposed: unless(transposedError(t), () => ({
    side: transposedSize(t), y: stampedBy(t, t.x, t.weight), overlaps: overlapCounts(t) })),
  bilinear: {
    triangle: triangle(b.factor), stamped: upsampledByStamps(b.row, b.factor), smooth: interpolated(b.row, b.factor) },
  fcn: unless(fcnError(f), () => {
    const ladder = ladderOf(f), rungs = rungsOf(ladder);
    const added = f.geometry === "aligned" ? paddingFor(ladder, f.size) : 0;
    const paths = ladder.deep.map((_, i) => ladder.deep.slice(0, i + 1));
    const up = ladder.upscores.map((_, i) => [...ladder.deep, ...ladder.upscores.slice(0, i + 1)]);
    return {
      crops: rungs.map(({ offset }) => offset), added, slack: slackOf(rungs, f.size + added),
      sizes: [...paths, ...up, ...ladder.skips].map((path) => lengthAfter(path, f.size + added)),
      fields: paths.map(receptiveField).map(({ size, stride, centre }) => [size, stride, centre]),
      firsts: [...up, ...ladder.skips].map(firstCentre) };
  }),
})));
"""


@pytest.fixture
def page(browser):
    return opened(browser)


def test_500_random_settings_give_the_librarys_numbers_and_the_librarys_errors(page):
    settings, rng = drawn(500, seed=0), np.random.default_rng(1)
    for one in settings:
        for group in one["convolution"], one["transposed"]:
            group["x"] = rng.integers(-9, 9, group["size"] ** 2).tolist()
            group["weight"] = rng.integers(-9, 9, group["kernel"] ** 2).tolist()
    library = {"convolution": convolution_of, "transposed": transposed_of, "bilinear": bilinear_of, "fcn": fcn_of}
    errors = dict.fromkeys(library, 0)
    for one, found in zip(settings, json.loads(page.run(COMPUTE, json.dumps(settings))), strict=True):
        for group, compute in library.items():
            expected = compute(**one[group])
            assert found[group].keys() == expected.keys(), one[group]
            for name, value in expected.items():
                if name == "error":
                    errors[group] += bool(value)
                    assert found[group][name] == value, one[group]
                else:
                    shown_, wanted = np.array(found[group][name], float), np.array(value, float)
                    same = shown_.shape == wanted.shape and np.abs(shown_ - wanted).max() < 1e-9
                    assert same, f"{name} of {group}, {one[group]}"
    assert min(errors["convolution"], errors["transposed"], errors["fcn"]) > 20 and max(errors.values()) < 300


def test_the_stamps_are_uneven_where_the_overlaps_far_from_the_border_differ(page):
    settings = [{"size": 20, "kernel": k, "stride": s, "padding": p, "dilation": d, "outputPadding": 0}
                for k in range(1, 6) for s in range(1, 5) for p in range(3) for d in range(1, 4)]  # fmt: skip
    script = "return arguments[0].map((g) => [overlapPattern(g), overlapCounts(g), transposedSize(g)])"
    for one, (pattern, counts, side) in zip(settings, page.run(script, settings), strict=True):
        along = np.sqrt(np.reshape(counts, (side, side)).diagonal())  # far from the border, one pattern in each stride
        reach = one["dilation"] * (one["kernel"] - 1)
        start = -(-reach // one["stride"]) * one["stride"]
        assert along[start : start + one["stride"]].tolist() == pattern, one


def counting(kernel):
    return np.arange(1.0, kernel**2 + 1)


def test_the_page_shows_windows_columns_and_matrices_of_the_library(page):
    settings = [{**one["convolution"], "at": 1, "pixel": 0} for one in drawn(24, seed=2, small=True)]
    views = [shown(page, [address(view, **one) for one in settings]) for view in ("convolution", "im2col", "matrix")]
    seen = 0
    for one, windows, columns, matrix in zip(settings, *views, strict=True):
        expected = convolution_of(x=np.zeros(one["size"] ** 2), weight=counting(one["kernel"]), **one)
        assert windows["error"] == columns["error"] == matrix["error"] == expected["error"]
        if expected["error"]:
            continue
        seen += 1
        inner = slice(one["padding"], one["padding"] + one["size"])
        padded = array_of(windows["grids"]["input"])
        x = padded[inner, inner]
        assert padded.shape == (one["size"] + 2 * one["padding"],) * 2 and padded.sum() == x.sum() and x.min() > 0
        expected = convolution_of(x=x, weight=counting(one["kernel"]), **one)
        side = expected["side"]
        assert windows["formulas"] == [str(side)]
        assert array_of(windows["grids"]["output"]).ravel().tolist() == expected["y"].tolist()
        assert windows["values"]["y"] == f"{expected['y'][min(1, side**2 - 1)]:.0f}"
        assert columns["formulas"] == [f"{one['kernel'] ** 2} × {side**2}", str(side)]
        if side <= 8:  # more columns are too narrow for numbers
            table = array_of(columns["grids"]["columns"])
            assert table[:-2, 2:].tolist() == expected["columns"].tolist()
            assert table[-1, 2:].tolist() == expected["y"].tolist()
            assert table[:-2, 0].tolist() == counting(one["kernel"]).tolist()
        assert array_of(columns["grids"]["counts"]).ravel().tolist() == expected["counts"].tolist()
        assert matrix["formulas"] == [f"{side**2} × {one['size'] ** 2}", str(side)]
        for name, dense in [("C", expected["matrix"]), ("CT", expected["matrix"].T)] if side <= 7 else []:
            entries = {tuple(map(int, place.split(","))): number for place, number in matrix["grids"][name]}
            assert entries == {place: dense[place] for place in zip(*map(np.ndarray.tolist, dense.nonzero()))}
        assert matrix["values"]["c"] == f"{expected['matrix'][min(1, side**2 - 1), 0]:.0f}"
    assert seen > 10


def test_the_page_shows_stamps_and_overlaps_of_the_library(page):
    settings = [one["transposed"] for one in drawn(30, seed=3, small=True)]
    last = shown(page, [address("transposed", **one, at=99) for one in settings])
    first = shown(page, [address("transposed", **one, at=0) for one in settings])
    seen = 0
    for one, whole, begun in zip(settings, last, first, strict=True):
        x, weight = np.zeros(one["size"] ** 2), counting(one["kernel"])
        expected = transposed_of(x=x, weight=weight, **one)
        assert whole["error"] == begun["error"] == expected["error"]
        if expected["error"]:
            continue
        seen += 1
        x, side = array_of(whole["grids"]["small"]).ravel(), expected["side"]
        assert whole["formulas"] == [str(side)] and x.min() > 0 and whole["values"]["x"] == f"{x[-1]:.0f}"
        for shows, stamps in (whole, x), (begun, x * (np.arange(len(x)) == 0)):
            y = dict(zip(np.ndindex(side, side), transposed_of(x=stamps, weight=weight, **one)["y"]))
            canvas = [(map(int, place.split(",")), number) for place, number in shows["grids"]["stamps"]]
            cells = {tuple(i - one["padding"] for i in place): number for place, number in canvas}
            assert cells == {place: number for place, number in y.items() if number}
        assert array_of(whole["grids"]["overlaps"]).ravel().tolist() == expected["overlaps"].tolist()
    assert seen > 10


def test_the_page_shows_bilinear_upsampling_of_the_library(page):
    settings = [one["bilinear"] for one in drawn(20, seed=4, small=True)]
    for one, shows in zip(settings, shown(page, [address("bilinear", **one, at=2) for one in settings]), strict=True):
        expected = bilinear_of(**one)
        kernel = np.outer(expected["triangle"], expected["triangle"])
        assert shows["formulas"] == [str(len(kernel))]
        np.testing.assert_allclose(array_of(shows["grids"]["bilinear"]), kernel, atol=6e-4)
        fractions = [float(Fraction(text)) for text in shows["values"]["triangle"].split(", ")]
        np.testing.assert_allclose(fractions, expected["triangle"])
        for name, row in ("stamped", expected["stamped"]), ("smooth", expected["smooth"]):
            np.testing.assert_allclose([float(text) for text in shows["rows"][name]], row, atol=6e-5)
            at = min(2, len(row) - 1)
            assert float(shows["values"][name]) == pytest.approx(row[at], abs=6e-5)
        difference = expected["smooth"] - expected["stamped"]
        np.testing.assert_allclose([float(text) for text in shows["rows"]["gap"]], difference, atol=6e-5)


def test_the_page_shows_sizes_receptive_fields_and_crops_of_the_library(page):
    settings = [one["fcn"] for one in drawn(30, seed=5)]
    seen = 0
    for one, shows in zip(settings, shown(page, [address("fcn", **one) for one in settings]), strict=True):
        expected = fcn_of(**one)
        assert shows["error"] == expected["error"], one
        if expected["error"]:
            continue
        seen += 1
        assert [float(text) for text in shows["formulas"]] == expected["crops"]
        down = list(shows["rows"].values())[: len(expected["fields"])]
        assert [[float(cell) for cell in (row[6], row[5], row[7])] for row in down] == expected["fields"]
        assert [float(row[4]) for row in down] == expected["sizes"][: len(down)]
        assert shows["values"]["field"] == str(expected["fields"][-1][0])
        assert shows["values"].get("added", "0") == str(expected["added"])
        ladder, _ = ladder_of(one["net"], one["geometry"], one["firstPadding"], one["fc6"])
        up = [row for name, row in shows["rows"].items() if name.startswith("upscore")]
        skips = [shows["rows"][f"score_{stage}"] for stage in SKIPS[one["net"]]]
        assert [float(row[4].split(",")[0]) for row in up + skips] == expected["sizes"][len(down) :]
        assert [float(row[7]) for row in up + skips] == expected["firsts"]
        assert [int(row[1]) for row in up] == [layer.kernel_size for layer in ladder.upscores]
    assert seen > 10


def test_the_crops_of_the_paper_are_on_the_page(page):
    nets = shown(page, [f"fcn?net={net}&geometry=caffe&size=500&firstPadding=100&fc6=7" for net in SKIPS])
    assert [net["formulas"] for net in nets] == [["19"], ["5", "27"], ["5", "9", "31"]]
