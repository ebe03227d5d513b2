"""Prediction from file to file: folders with a broken image among good ones, every page, nothing of the user's overwritten."""

import json
import os
import struct
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from test_predict import MEAN, STD, SmallNet, agree, picture

from minifcn import nn
from minifcn.crf import Kernels, dense_crf
from minifcn.data import windows
from minifcn.data.facts import DataFacts
from minifcn.data.images import overlay, read_image, write_image
from minifcn.data.own.description import Description
from minifcn.data.rasters import to_display
from minifcn.files import FileError
from minifcn.labelling import predict_files
from minifcn.labelling.outcome import Outcome
from minifcn.models.catalogue import build
from minifcn.predict import class_scores, predict, predict_tiled

PALETTE = np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9), (90, 90, 90)], np.uint8)
FACTS = DataFacts("test", ("road", "sky", "tree/bush", "하늘", "🚗"), PALETTE, MEAN, STD)


@pytest.fixture
def folder(tmp_path):
    """Images of every format, one that is cut off, and a file that is none."""
    images = tmp_path / "images"
    images.mkdir()
    for k, suffix in enumerate(("png", "jpg", "tif", "webp", "bmp")):
        write_image(images / f"{suffix}_image.{suffix}", picture((20 + k, 30), k))
    write_image(images / "cut.png", picture((40, 40)))
    os.truncate(images / "cut.png", 1000)
    (images / "notes.txt").write_text("no image")
    return images


def run(paths, out, net=None, **options):
    return predict_files(net or SmallNet(), paths, out, FACTS, **options)


def test_a_folder_gives_a_label_map_and_an_overlay_each(folder, tmp_path):
    outcome = run([folder], tmp_path / "deep" / "out")
    written = sorted(p.name for p in (tmp_path / "deep" / "out").iterdir())
    expected = [f"{s}_image_{kind}.png" for s in ("png", "jpg", "tif", "webp", "bmp") for kind in ("label", "overlay")]
    assert written == sorted([*expected, "classes.json"])
    assert outcome.done == 5


def test_a_bad_image_is_reported_at_the_end_and_the_others_are_done(folder, tmp_path):
    outcome = run([folder], tmp_path / "out")
    assert len(outcome.failures) == 1 and "cut.png" in outcome.failures[0]
    assert str(outcome).startswith("predicted 5 images, but failed on 1: ") and "\n" not in str(outcome)


def test_an_image_that_needs_a_package_fails_alone(folder, tmp_path, monkeypatch):
    values = np.zeros((6, 5, 3), np.float32)
    path = folder / "float.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + struct.pack("<H", 9) + b"".join(
        struct.pack("<HHII", *tag) for tag in [
            (256, 4, 1, 5), (257, 4, 1, 6), (258, 3, 1, 32), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 122), (277, 3, 1, 3),
            (278, 4, 1, 6), (279, 4, 1, values.nbytes)]) + bytes(4) + values.tobytes())  # fmt: skip
    monkeypatch.setattr("minifcn.extras.installed", lambda *names: False)
    monkeypatch.setattr(windows, "installed", lambda *names: False)
    outcome = run([folder], tmp_path / "out")
    assert outcome.done == 5 and len(outcome.failures) == 2
    assert "float.tif" in outcome.failures[1] and "needs tifffile, which is not installed; run: pip install" in outcome.failures[1]


def test_the_label_map_holds_the_classes_and_the_palette(folder, tmp_path):
    run([folder / "png_image.png"], tmp_path)
    with Image.open(tmp_path / "png_image_label.png") as image:
        assert image.mode == "P"
        assert image.getpalette()[:15] == PALETTE.ravel().tolist()
        label = np.array(image)
    np.testing.assert_array_equal(label, predict(SmallNet(), read_image(folder / "png_image.png"), MEAN, STD))
    assert read_image(tmp_path / "png_image_overlay.png").shape == (20, 30, 3)


def test_what_was_there_is_replaced_and_nothing_else_is_left(folder, tmp_path):
    (tmp_path / "png_image_label.png").write_text("old")
    run([folder / "png_image.png"], tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["classes.json", "images", "png_image_label.png", "png_image_overlay.png"]
    assert read_image(tmp_path / "png_image_label.png").shape == (20, 30, 3)


def test_predicting_a_folder_into_itself_twice_does_not_predict_the_results(folder):
    assert run([folder], folder).done == run([folder], folder).done == 5


def outputs(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*_*.png"))


def test_folders_below_are_kept_in_the_output(tmp_path):
    for name in ("a.png", "sub/a.png", "sub/deep/b.png"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(tmp_path / "in" / name, picture((4, 5)))
    assert run([tmp_path / "in"], tmp_path / "out").done == 3
    assert outputs(tmp_path / "out") == sorted(f"{name}_{kind}.png" for name in ("a", "sub/a", "sub/deep/b")
                                               for kind in ("label", "overlay"))


def test_an_output_folder_inside_the_folder_of_images_is_not_predicted(tmp_path):
    write_image(tmp_path / "a.png", picture((4, 5)))
    assert str(run([tmp_path], tmp_path / "out")) == "predicted 1 image"
    assert str(run([tmp_path], tmp_path / "out")) == "predicted 1 image (skipped 3 outputs of minifcn; replaced 2 files)"


def test_a_photo_of_the_users_is_predicted_whatever_its_name_and_never_overwritten(tmp_path):
    for k, name in enumerate(("price.jpg", "price_label.png", "price_label.jpg")):
        write_image(tmp_path / name, picture((4, 5), k))
    before = (tmp_path / "price_label.png").read_bytes()
    for skipped in (0, 7):
        outcome = run([tmp_path], tmp_path)
        assert outcome.done == 3 and (f"skipped {skipped} outputs" in str(outcome)) == (skipped > 0)
        assert (tmp_path / "price_label.png").read_bytes() == before


def test_what_is_left_out_is_reported(folder, tmp_path):
    (folder / "._png_image.png").write_bytes(b"resource fork")
    (folder / ".thumbnails").mkdir()
    assert str(run([folder], tmp_path / "out")).endswith("(skipped 1 hidden file, 1 hidden folder, 1 other file)")


def test_the_masks_that_a_dataset_toml_names_are_skipped_and_counted(tmp_path, monkeypatch):
    data = tmp_path / "data"
    for name in ("images/a.png", "images/b.png", "masks/a_m.png", "masks/sub/c_m.png", "masks/legend.png"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        write_image(data / name, picture((4, 5)))
    monkeypatch.chdir(tmp_path)
    description = Description(["road", "sky"], mask_ending="_m")
    for text in (None, "not = [TOML", 'classes = ["a"]\nmasks = "elsewhere"\n'):
        (data / "dataset.toml").write_text(text) if text else None
        assert run(["data"], tmp_path / "out").done == 5, "without a description all are images"
    description.write(data / "dataset.toml")
    for folder in (data, "data/../data"):
        assert str(run([folder], tmp_path / "new")).startswith("predicted 3 images (skipped 2 masks of the data set, 1 other file")
    assert run([data, data / "masks" / "a_m.png"], tmp_path / "new").done == 4, "one that is named is predicted"


def test_of_a_film_the_first_frame_is_predicted_and_the_number_of_frames_reported(tmp_path):
    frames = [Image.fromarray(picture((4, 5), k)) for k in range(3)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    outcome = run([tmp_path / "a.gif"], tmp_path)
    assert str(outcome) == f"predicted 1 image (only the first page of {tmp_path / 'a.gif'} (3 pages))"


def test_files_that_were_replaced_are_counted(folder, tmp_path):
    write_image(tmp_path / "png_image_label.png", picture((4, 5)))
    assert str(run([folder / "png_image.png"], tmp_path)) == "predicted 1 image (replaced 1 file)"
    assert str(run([folder / "png_image.png"], tmp_path)) == "predicted 1 image (replaced 2 files)"


def test_an_image_of_too_many_pixels_is_reported_and_the_others_are_done(folder, tmp_path):
    write_image(folder / "large.png", picture((30, 30)))
    outcome = run([folder], tmp_path, max_pixels=899)
    assert outcome.done == 5
    assert "large.png has 900 pixels, but the limit is 899" in str(outcome)


@pytest.mark.parametrize("path, words", [("nowhere.png", "does not exist"), ("", "has no images")])
def test_paths_without_images_are_reported_in_one_sentence(tmp_path, path, words):
    with pytest.raises(ValueError, match=words):
        run([tmp_path / path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_output_folder_that_is_a_file_is_reported_in_one_sentence(folder):
    with pytest.raises(FileError, match="notes.txt"):
        run([folder], folder / "notes.txt")


# Probabilities, pages, places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tile", [None, 64])
def test_the_probabilities_are_those_of_the_scores_in_both_formats(tmp_path, tile):
    image = picture((130, 70))
    write_image(tmp_path / "a.png", image)
    for kind in ("png", "npy"):
        assert run([tmp_path / "a.png"], tmp_path / kind, probabilities=kind, tile=tile).done == 1
    scores = class_scores(SmallNet(), image, MEAN, STD).astype(np.float64)
    expected = np.exp(scores) / np.exp(scores).sum(0)
    found = np.load(tmp_path / "npy" / "a_probabilities.npy")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-4)
    names = ["0_road", "1_sky", "2_tree_bush", "3_하늘", "4__"]
    pictures = [Image.open(tmp_path / "png" / f"a_prob_{name}.png") for name in names]
    assert all(picture.mode == "I;16" for picture in pictures)
    np.testing.assert_allclose(np.stack([np.array(picture) for picture in pictures]) / 65535, expected, atol=1e-4)


def test_with_a_crf_the_outputs_are_those_of_the_whole_image_after_it(tmp_path, monkeypatch):
    image = picture((130, 70))
    write_image(tmp_path / "a.png", image)
    for tile in (None, 64):
        run([tmp_path / "a.png"], tmp_path / "out", crf=Kernels(w1=2), probabilities="npy", tile=tile)
        expected = dense_crf(class_scores(SmallNet(), image, MEAN, STD), image, Kernels(w1=2))
        np.testing.assert_allclose(np.load(tmp_path / "out" / "a_probabilities.npy"), expected, atol=1e-3)
        agree(np.array(Image.open(tmp_path / "out" / "a_label.png")), expected)
    monkeypatch.setattr("minifcn.labelling.files.CRF_PIXELS", 9000)
    write_image(tmp_path / "b.png", picture((90, 100)))
    outcome = run([tmp_path / "a.png", tmp_path / "b.png"], tmp_path / "out", crf=Kernels())
    assert outcome.done == 1 and "70 x 130 pixels" in outcome.failures[0] and "--crf" in outcome.failures[0]


def test_with_clockwork_each_folder_is_a_video(tmp_path):
    net = build("fcn8s", 5, widths=(2, 2, 3, 3, 4), head=8, generator=np.random.default_rng(0))
    net.score_fr.weight.data[:] = np.random.default_rng(1).normal(size=net.score_fr.weight.shape)
    frames = [picture((40, 50), seed) for seed in range(4)]
    for k, frame in enumerate(frames):
        (tmp_path / f"video{k // 2}").mkdir(exist_ok=True)
        write_image(tmp_path / f"video{k // 2}" / f"{k}.png", frame)
    run([tmp_path], tmp_path / "out", net, clockwork=10)
    for k, frame in enumerate(frames):                     # without trained skips, all frames look like the first
        label = np.array(Image.open(tmp_path / "out" / f"video{k // 2}" / f"{k}_label.png"))
        np.testing.assert_array_equal(label, predict(net, frames[k - k % 2], MEAN, STD))
    write_image(tmp_path / "wide.png", picture((8, 300)))
    outcome = run([tmp_path / "wide.png"], tmp_path / "out", net, clockwork=10, tile=256, margin=0)
    assert "300 x 8 pixels" in outcome.failures[0] and "--clockwork" in outcome.failures[0]
    with pytest.raises(ValueError, match="SmallNet has no backbone"):
        run([tmp_path], tmp_path / "out", clockwork=2)


def test_probabilities_are_not_predicted_again(tmp_path):
    write_image(tmp_path / "a.png", picture((4, 5)))
    for kind, skipped in (("png", 0), ("npy", 8), (None, 9)):
        outcome = run([tmp_path], tmp_path, probabilities=kind)
        assert outcome.done == 1 and not outcome.failures and outcome.notes[:1] == [f"skipped {skipped} outputs of minifcn"][:skipped]


def test_an_array_is_an_image_also_if_its_name_ends_like_that_of_probabilities(tmp_path):
    for name in ("a", "b_probabilities"):
        np.save(tmp_path / f"{name}.npy", picture((4, 5)))
    assert run([tmp_path], tmp_path / "out").done == 2
    assert run([tmp_path], tmp_path, probabilities="npy").done == 2
    np.testing.assert_array_equal(np.load(tmp_path / "b_probabilities.npy"), picture((4, 5)))


def pages_of_tiff(path, sizes):
    first, *others = [Image.fromarray(picture(size, k)) for k, size in enumerate(sizes)]
    first.save(path, save_all=True, append_images=others)


def test_every_page_of_a_tiff_is_predicted_and_none_takes_the_name_of_another_file(tmp_path):
    (tmp_path / "in").mkdir()
    pages_of_tiff(tmp_path / "in" / "a.tif", [(4, 5), (6, 7), (8, 9)])
    write_image(tmp_path / "in" / "a_page2.png", picture((3, 3)))
    assert run([tmp_path / "in"], tmp_path / "out").done == 4
    sizes = {"a_page1": (4, 5), "a_page2_tif": (6, 7), "a_page3": (8, 9), "a_page2_png": (3, 3)}
    assert outputs(tmp_path / "out") == sorted(f"{name}_{kind}.png" for name in sizes for kind in ("label", "overlay"))
    for k, name in enumerate(("a_page1", "a_page2_tif", "a_page3")):
        label = np.array(Image.open(tmp_path / "out" / f"{name}_label.png"))
        np.testing.assert_array_equal(label, predict(SmallNet(), picture(sizes[name], k), MEAN, STD))


def test_a_tiff_whose_pages_form_a_circle_is_predicted_once_or_reported(tmp_path):
    pages_of_tiff(tmp_path / "a.tif", [(4, 5), (4, 5)])
    content = bytearray((tmp_path / "a.tif").read_bytes())
    first = int.from_bytes(content[4:8], "little")
    entries = int.from_bytes(content[first : first + 2], "little")
    second = int.from_bytes(content[first + 2 + 12 * entries :][:4], "little")
    entries = int.from_bytes(content[second : second + 2], "little")
    content[second + 2 + 12 * entries :][:4] = content[4:8]
    end = second + 2 + 12 * entries
    content[end : end + 4] = content[4:8]
    (tmp_path / "a.tif").write_bytes(content)
    assert run([tmp_path / "a.tif"], tmp_path / "out").done == 1


PLACE = [(33550, 12, 3, (10.0, 10.0, 0.0), True), (33922, 12, 6, (0.0, 0.0, 0.0, 5e5, 4e6, 0.0), True),
         (34735, 3, 8, (1, 1, 0, 1, 3072, 0, 1, 32633), True), (34737, 2, 8, "WGS 84|\0", True)]  # fmt: skip


@pytest.mark.parametrize("size", [(4, 5), (300, 70), (10, 512), (256, 600)])
def test_a_geotiff_gives_a_geotiff_of_the_same_place_that_is_not_predicted_again(tmp_path, size):
    tifffile = pytest.importorskip("tifffile")
    image, wrong = picture(size), [(42112, 2, 6, "<old/>", True), (42113, 2, 2, "0\0", True)]
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", metadata=None, extratags=PLACE + wrong)
    assert str(run([tmp_path], tmp_path)) == "predicted 1 image"
    with tifffile.TiffFile(tmp_path / "a_label.tif") as file:
        tags = file.pages[0].tags
        assert {code: tags.valueof(code) for code, *_ in PLACE} == {code: value if code != 34737 else "WGS 84|" for code, _, _, value, _ in PLACE}
        assert 42112 not in tags and 42113 not in tags
        label = file.asarray()
    np.testing.assert_array_equal(label, np.array(Image.open(tmp_path / "a_label.png")))
    with Image.open(tmp_path / "a_label.tif") as picture_of_label:
        assert picture_of_label.mode == "P" and picture_of_label.getpalette()[:15] == PALETTE.ravel().tolist()
    assert str(run([tmp_path], tmp_path)) == "predicted 1 image (skipped 4 outputs of minifcn; replaced 3 files)"


def test_without_tifffile_a_geotiff_is_predicted_and_the_loss_of_its_place_is_said(tmp_path, monkeypatch):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", picture((4, 5)), photometric="rgb", metadata=None, extratags=PLACE)
    monkeypatch.setattr("minifcn.labelling.files.installed", lambda *names: False)
    expected = "predicted 1 image (without the place of 1 GeoTIFF, which needs tifffile; run: pip install tifffile imagecodecs)"
    assert str(run([tmp_path], tmp_path)) == expected
    assert not (tmp_path / "a_label.tif").exists()


# Classes, channels, memory --------------------------------------------------------------------------------------------


def test_the_classes_and_their_colours_are_in_a_list_and_in_every_label_map(folder, tmp_path):
    run([folder / "png_image.png"], tmp_path)
    content = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in content["classes"]] == list(FACTS.classes)
    assert content["classes"][1] == {"label": 1, "name": "sky", "colour": "#00ff00"}
    with Image.open(tmp_path / "png_image_label.png") as image:
        assert json.loads(image.info["Classes"]) == content["classes"]


@pytest.mark.parametrize("text", ["[]", "{", '{"classes": ["mine"]}', "[" * 10**5])
def test_a_list_of_classes_of_the_users_is_left_as_it_is(folder, tmp_path, text):
    (tmp_path / "classes.json").write_text(text)
    outcome = run([folder / "png_image.png"], tmp_path)
    assert (tmp_path / "classes.json").read_text() == text and "classes.json as it is" in str(outcome)


def test_images_of_more_channels_and_bits_are_predicted_as_the_net_was_trained(tmp_path):
    net, image = nn.Conv2d(5, 5, 1, generator=np.random.default_rng(0)), np.random.default_rng(1).integers(0, 4000, (6, 7, 5), np.uint16)
    np.save(tmp_path / "a.npy", image)
    mean, std = (0.1, 0.2, 0.3, 0.4, 0.5), (0.5, 0.4, 0.3, 0.2, 0.1)
    facts = replace(FACTS, mean=mean, std=std, channels=5, value_range=(100.0, 4000.0))
    outcome = predict_files(net, [tmp_path / "a.npy"], tmp_path, facts)
    assert outcome.done == 1
    x = (((image.astype(float) - 100) / 3900 - mean) / std).transpose(2, 0, 1)
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "a_label.png")), predict(net, x.astype(np.float32)))
    label = np.array(Image.open(tmp_path / "a_label.png"))
    expected = overlay(to_display(image, (100, 4000)), label, PALETTE)
    np.testing.assert_array_equal(read_image(tmp_path / "a_overlay.png"), expected)


@pytest.mark.parametrize(
    ("dtype", "value_range", "what"),
    [(np.uint16, (0, 255), "its values reach 4,000, but range is [0, 255]"), (np.uint8, (0, 65535), "its values have 8 bits, so in the range [0, 65535]")],
)  # fmt: skip
def test_an_image_of_another_depth_than_those_of_training_is_refused(tmp_path, dtype, value_range, what):
    np.save(tmp_path / "a.npy", np.full((6, 7, 3), 4000, np.uint16).astype(dtype))
    outcome = predict_files(nn.Conv2d(3, 5, 1), [tmp_path / "a.npy"], tmp_path / "out", replace(FACTS, value_range=value_range))
    assert f"{what}" in outcome.failures[0] and outcome.failures[0].endswith("on which the network was trained")


def test_an_image_with_nan_is_reported_by_name_and_nothing_is_written(tmp_path):
    image = np.zeros((200, 90, 3), np.float32)
    image[150, 3, 1] = np.nan
    np.save(tmp_path / "a.npy", image)
    outcome = run([tmp_path / "a.npy"], tmp_path / "out", tile=64)
    assert len(outcome.failures) == 1 and f"{tmp_path / 'a.npy'}: 1 of its values are not finite" in outcome.failures[0]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["a.npy", "a.tif"])
def test_a_large_image_gets_the_labels_of_the_whole_and_is_never_read_as_one(tmp_path, name, monkeypatch):
    image = picture((200, 90))
    if name == "a.npy":
        np.save(tmp_path / name, image)
    else:
        tifffile = pytest.importorskip("tifffile")
        tifffile.imwrite(tmp_path / name, image, photometric="rgb", metadata=None, tile=(16, 16))
    monkeypatch.setattr(windows, "LARGE", 1000)
    monkeypatch.setattr(windows, "read_raster", None)
    monkeypatch.setattr(windows, "read_page", None)
    assert run([tmp_path / name], tmp_path, tile=64, max_pixels=1000).done == 1
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "a_label.png")), predict_tiled(SmallNet(), image, MEAN, STD, 64))
    label = np.array(Image.open(tmp_path / "a_label.png"))
    np.testing.assert_array_equal(read_image(tmp_path / "a_overlay.png"), overlay(image, label, PALETTE))


class Brightness(nn.Module):
    """A net without parameters."""

    def forward(self, x):
        return x[:, :2]


def test_a_net_without_parameters_predicts(tmp_path):
    write_image(tmp_path / "a.png", picture((4, 5)))
    assert run([tmp_path], tmp_path, Brightness()).done == 1
    x = np.array([[[1.0, 2.0]], [[2.0, 1.0]], [[0.0, 0.0]]], np.float32)
    np.testing.assert_array_equal(predict(Brightness(), x), [[1, 0]])


def test_of_many_failures_the_first_ten_are_said():
    some, many = (Outcome(1, [f"{k}.png is not an image" for k in range(count)]) for count in (10, 1234))
    assert str(some).endswith("; 9.png is not an image") and str(some).count("image;") == 9
    assert str(many).startswith("predicted 1 image, but failed on 1,234: 0.png is") and str(many).endswith("9.png is not an image; and 1,224 more")
