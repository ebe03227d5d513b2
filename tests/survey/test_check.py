"""`minifcn data check` from the command line: what it prints, writes, refuses, and what training says without its file."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from minifcn.__main__ import main
from minifcn.data.folders import find_images
from minifcn.data.own.description import Description
from minifcn.data.own.folder import FolderData
from minifcn.data.own.masks import read_mask
from minifcn.data.rasters import read_raster
from minifcn.survey import command
from minifcn.survey.columns import wide
from minifcn.survey.legend import legend_of
from minifcn.survey.raw import read_format, read_raw
from minifcn.survey.scan import kind_of, scan_folder
from survey.planted import noise, outlined, painted, plant, regions, save_mask, unpacked

RED, GREEN = 0xFF0000, 0x00FF00
EIGHT = range(8)


@pytest.fixture
def check_and_draw(tmp_path, capsys, monkeypatch):
    """Run `minifcn data check` in an empty folder: (exit code, what it printed, what it complained of)."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    def run(*arguments):
        capsys.readouterr()
        code = main(["data", "check", "-q", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def check(check_and_draw, monkeypatch):
    """The same without the contact sheet, which takes longer than all the rest."""
    monkeypatch.setattr(command, "draw_sheet", lambda *arguments: 0)
    return check_and_draw


def contents(folder):
    """{path: bytes} of all files below a folder."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def labelled(root, values=(0, 1, 2), **options):
    return plant(root, [regions(values, shift=k) for k in EIGHT], **options)


def test_a_clean_data_set_is_described_in_a_table(check, tmp_path):
    code, out, err = check(labelled(tmp_path / "leaves"))
    assert (code, err) == (0, "")
    assert "leaves: 8 images with masks" in out and "images in images, masks in masks" in out
    assert "24 x 24" in out and "PNG L" in out and "Labels from 0 to 2" in out
    rows = [line.split() for line in out.splitlines() if "class " in line and "%" in line]
    assert [(row[0], row[3], row[-1]) for row in rows] == [("0", "33.33", "8"), ("1", "33.33", "8"), ("2", "33.33", "8")]


def test_nothing_is_written_into_the_data_set_unless_asked_for(check_and_draw, tmp_path):
    root = labelled(tmp_path / "data")
    before = contents(root)
    assert check_and_draw(root)[0] == 0
    assert contents(root) == before
    assert {path.name for path in contents(tmp_path / "elsewhere")} == {"sheet.png", "dataset.toml"}
    assert check_and_draw(root, "--write")[0] == 0
    assert contents(root).keys() - before.keys() == {root / "dataset.toml"}


def test_what_it_writes_among_the_images_is_none_of_them(check_and_draw, tmp_path):
    root = tmp_path / "beside"
    root.mkdir()
    for k in EIGHT:
        Image.fromarray(noise(k)).save(root / f"{k}.png")
        save_mask(root / f"{k}_mask.png", regions([0, 1, 2], shift=k))
    Image.fromarray(noise(9)).save(root / "inner_sheet.png")
    first, out, _ = check_and_draw(root, "--out", root)
    assert first == 0 and "/dataset.toml: name the classes in it, then train on it with" in " ".join(out.split())
    (root / "inner").mkdir()
    shutil.copy(root / "sheet.png", root / "inner" / "sheet.png")
    code, out, _ = check_and_draw(root)
    assert code == 0 and "images without a mask, left out: 1\n    inner_sheet.png\n" in out
    assert not {"sheet.png", "inner/sheet.png"} & {str(path.relative_to(root)) for path in find_images([root]).images}


def test_a_dataset_toml_of_the_users_is_never_overwritten(check, tmp_path):
    root = labelled(tmp_path / "data")
    (root / "dataset.toml").write_text('classes = ["sky", "road", "car"]\n[split]\nvalidation = 0.3\n')
    before = contents(root)
    code, out, _ = check(root, "--write")
    assert code == 0 and "stays as it is" in " ".join(out.split()) and "road" in out
    assert contents(root) == before


def test_two_runs_print_and_write_the_same(check_and_draw, tmp_path):
    root = labelled(tmp_path / "data")
    first, second = (check_and_draw(root, "--out", name) for name in ("one", "two"))
    assert [text.replace("one/", "two/") for text in first[1:]] == [*second[1:]]
    assert [*contents(tmp_path / "elsewhere" / "one").values()] == [*contents(tmp_path / "elsewhere" / "two").values()]


@pytest.mark.parametrize("name", ["도로와 車", "🚗🚕 " * 8, "a" * 120, "spaces in a name"])
def test_no_line_is_wider_than_100_columns(check, tmp_path, name):
    root = labelled(tmp_path / name)
    (root / "classes.txt").write_text(f"{name}\nroad\n🚗 car\n", encoding="utf-8")
    save_mask(root / "masks" / f"{name}.png", regions([0, 1]))
    Image.fromarray(noise(9, (9, 7, 3))).save(root / "images" / f"{name}.png")
    code, out, _ = check(root, "--out", "o")
    assert code == 1 and "pairs of different sizes" in out
    lines = [line for line in out.splitlines() if str(root) not in line]  # a path stays whole, to be copied
    assert max(map(wide, lines)) <= 100
    columns = {wide(line[: line.index("%")]) for line in out.splitlines() if line.endswith(("8", "9")) and "█" in line}
    assert len(columns) == 1, "the columns are not aligned"


# The question, and its answers ----------------------------------------------------------------------------------------


def open_folder(root):
    return labelled(root, (0, 0, 0, 255))


def test_an_open_question_is_printed_with_the_lines_that_answer_it(check, tmp_path):
    code, out, _ = check(open_folder(tmp_path / "cracks"))
    assert code == 1
    assert "Is 255 the foreground, or does it mark pixels without a label" in out
    assert "      values = [0, 255]\n" in out and "      values = [0, 1]\n      ignore = [255]\n" in out


def test_training_without_the_file_stops_with_the_question_and_its_answers(tmp_path, capsys):
    root = open_folder(tmp_path / "cracks")
    before = contents(tmp_path)
    assert main(["train", "--data", f"folder:{root}", "--out", str(tmp_path / "run")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert str(root) in line and "Is 255 the foreground" in line
    assert "values = [0, 255] (255 is the foreground), or values = [0, 1] and ignore = [255] (" in line
    assert f"minifcn data check {root} --write" in line
    assert contents(tmp_path) == before


def test_training_without_the_file_names_the_command_that_writes_it(tmp_path, capsys):
    root = labelled(tmp_path / "leaves")
    assert main(["train", "--data", f"folder:{root}"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"has no dataset.toml, which says what its masks mean; run minifcn data check {root} --write" in line


def disc(shift, side=192):
    """A red disc on black, large enough that JPEG leaves most of both colours as they were."""
    y, x = np.mgrid[:side, :side] - side // 2
    return unpacked(np.where((x - shift) ** 2 + y**2 < (side // 3) ** 2, RED, 0))


QUESTIONS = {
    "0 and 255": ([regions([0, 0, 255], shift=k) for k in EIGHT], ".png"),
    "levels": ([regions([0, 30, 200, 210], shift=k) for k in EIGHT], ".png"),
    "three levels": ([regions([0, 128, 255], shift=k) for k in EIGHT], ".png"),
    "0 in thin lines": ([np.roll(outlined([1, 2, 1, 3], 0, 48), k, axis=0) for k in EIGHT], ".png"),
    "white in thin lines": ([np.roll(outlined([RED, GREEN, RED], 0xFFFFFF, 48), k, axis=0) for k in EIGHT], ".png"),
    "ids": ([painted([0, *range(0x0A0001, 0x0A0010)], 48, shift=k) for k in EIGHT], ".png"),
    "colours or alpha": ([np.dstack([painted([0, RED, GREEN]), regions([0, 255], shift=k)]) for k in EIGHT], ".png"),
    "JPEG": ([disc(k) for k in EIGHT], ".jpg"),
}


@pytest.mark.parametrize(("masks", "suffix"), QUESTIONS.values(), ids=QUESTIONS)
def test_an_open_question_stops_training_until_one_answer_is_uncommented(check, tmp_path, masks, suffix):
    masks = [unpacked(mask) if mask.max() > 0xFFFF else mask for mask in masks]
    root = plant(tmp_path / "data", masks, suffix)
    file = root / "dataset.toml"
    assert check(root, "--write")[0] == 1
    with pytest.raises(ValueError, match=r"data/dataset.toml: .*\? Answer with "):
        FolderData(path=root)
    proposed = file.read_text().splitlines()
    meanings = {line.partition("  # ")[2] for line in proposed if line.startswith("# ") and "  # " in line}
    assert meanings
    for meaning in meanings:
        lines = [line.removeprefix("# ") if line.endswith(f"  # {meaning}") else line for line in proposed]
        file.write_text("\n".join(line for line in lines if not line.startswith("undecided")))
        for path in (root / "masks").iterdir():
            read_mask(path, Description.read(file))
        useless = meaning == "255 marks pixels without a label" and np.unique(masks).tolist() == [0, 255]
        code, out, _ = check(root)
        assert code == useless == ("the training masks have only class 0, and" in " ".join(out.split()))


CERTAIN = {
    "labels": ([regions([0, 1, 2, 255], shift=k) for k in EIGHT], ".png", None),
    "from 1": ([regions([1, 2], shift=k) for k in EIGHT], ".npy", None),
    "palette": ([regions([0, 15], shift=k) for k in EIGHT], ".png", "voc"),
    "colours": ([painted([0, RED, GREEN], shift=k) for k in EIGHT], ".png", None),
    "grey colours": ([painted([0, 0x010101], shift=k) for k in EIGHT], ".png", None),
    "16 bits": ([regions([0, 1000, 2000], shift=k) for k in EIGHT], ".png", None),
    "alpha": ([np.dstack([painted([RED]), regions([0, 255], shift=k)]) for k in EIGHT], ".png", None),
}


@pytest.mark.parametrize(("masks", "suffix", "palette"), CERTAIN.values(), ids=CERTAIN)
def test_a_certain_proposal_can_be_trained_on_and_reads_masks_as_the_report_does(check, tmp_path, masks, suffix, palette):
    root = plant(tmp_path / "data", masks, suffix, palette)
    assert check(root, "--write")[0] == 0
    assert check(root)[0] == 0
    data = FolderData(16, path=root)
    image, label = data.train().sample(0, np.random.default_rng(0))
    assert image.shape == (3, 16, 16) and label.shape == (16, 16)
    scan = scan_folder(root, data.description, quiet=True)
    legend = legend_of(data.description, scan.masks)
    for path in (root / "masks").iterdir():
        raw = read_raw(path)
        values = raw.alpha if legend.holds == "alphas" else raw.values
        assert np.array_equal(legend.label_map(values), read_mask(path, data.description))


def test_the_scale_in_the_proposal_is_that_of_the_images(check, tmp_path):
    root = tmp_path / "deep"
    plant(root, [regions([0, 1], shift=k) for k in EIGHT])
    pixels = []
    for k, path in enumerate(sorted((root / "images").iterdir())):
        path.unlink()
        pixels.append(np.random.default_rng(k).integers(100, 4000, (24, 24, 5)).astype(np.uint16))
        np.save(path.with_suffix(".npy"), pixels[-1])
    code, out, _ = check(root, "--write")
    assert code == 0 and "uint16" in out and "npy, 5 channels of 16 bits" in out
    found = Description.read(root / "dataset.toml")
    assert (found.channels, found.value_range) == (5, (0, 4095))
    np.testing.assert_allclose(found.mean, np.mean(pixels, axis=(0, 1, 2)) / 4095, atol=1e-4)
    np.testing.assert_allclose(found.std, np.std(pixels, axis=(0, 1, 2)) / 4095, atol=1e-4)


@pytest.mark.parametrize(
    ("pixels", "refused"),
    [(noise(0).astype(np.uint16) * 200, True), (noise(0) / np.float32(255), True), (noise(0).astype(np.float32), False)],
    ids=["16 bits", "fractions", "the same range"],
)
def test_images_whose_depths_have_no_range_in_common_are_refused(check, tmp_path, pixels, refused):
    root = labelled(tmp_path / "mixed")
    (root / "images" / "00.png").unlink()
    np.save(root / "images" / "00.npy", pixels)
    code, out, _ = check(root, "--write")
    assert ("name the classes in it, solve the problems above, then train" in " ".join(out.split())) == refused
    problem = f"{pixels.dtype} up to {pixels.max():,g} (images/00.npy) and uint8 up to 255"
    assert (code == 1, "images of different depths: 1" in out, problem in " ".join(out.split())) == (refused,) * 3


@pytest.mark.parametrize(
    ("shape", "dtype", "text"),
    [((4,), "uint16", "TIFF, 4 channels of 16 bits"), ((), "uint16", "TIFF, 1 channel of 16 bits"),
     ((3,), "float32", "TIFF, 3 channels of 32 bits"), ((3,), "uint8", "TIFF RGB")],
)  # fmt: skip
def test_images_of_other_depths_are_listed_with_their_channels_and_bits(tmp_path, shape, dtype, text):
    path, tifffile = tmp_path / "a.tif", pytest.importorskip("tifffile")
    tifffile.imwrite(path, np.zeros((5, 6, *shape), dtype), photometric="rgb" if shape else None)
    assert kind_of(read_raster(path, None), read_format(path)) == text


@pytest.mark.parametrize("suffix", [".png", ".npy"])
def test_a_fourth_channel_that_is_left_out_is_said_with_the_line_that_keeps_it(check, tmp_path, suffix):
    root = labelled(tmp_path / "infrared")
    for k in (0, 1):
        (root / "images" / f"{k:02}.png").unlink()
        save_mask(root / "images" / f"{k:02}{suffix}", noise(k, (24, 24, 4)))
    (root / "dataset.toml").write_text('classes = ["sky", "road", "car"]\n')
    row = "channels the fourth of 2 images is left out, as transparency; channels = 4 in dataset.toml keeps it, but then"
    assert row in " ".join(check(root)[1].split())
    for path in sorted((root / "images").iterdir())[2:]:
        path.unlink()
        save_mask(path.with_suffix(suffix), noise(int(path.stem), (24, 24, 4)))
    assert "the fourth of each image is left out" in " ".join(check(root)[1].split())
    (root / "dataset.toml").write_text('classes = ["sky", "road", "car"]\n[pixels]\nchannels = 4\n')
    code, out, _ = check(root)
    assert code == 0 and "left out" not in out


def test_weights_are_proposed_where_classes_are_rare(check, tmp_path):
    for name, masks, weights in (
        ("rare", [regions([0] * 11 + [1], shift=k) for k in EIGHT], "sqrt-median"),
        ("even", [regions([0, 1], shift=k) for k in EIGHT], "none"),
    ):
        check(plant(tmp_path / name, masks), "--write")
        assert Description.read(tmp_path / name / "dataset.toml").class_weights == weights


# Problems -----------------------------------------------------------------------------------------------------------


def spoil_nothing_else(root):
    """Problems that leave files out but stop no training."""
    shutil.copy(root / "images" / "00.png", root / "images" / "alone.png")
    save_mask(root / "masks" / "lonely.png", regions([0, 1]))


def spoil_size(root):
    save_mask(root / "masks" / "03.png", regions([0, 1], side=20))


def spoil_file(root):
    path = root / "masks" / "03.png"
    path.write_bytes(path.read_bytes()[:60])


def spoil_image(root):
    (root / "images" / "03.png").write_bytes(b"no image")


def spoil_names(root):
    Image.fromarray(noise(70)).save(root / "images" / "03.jpg")


def spoil_exif(root):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(3, (20, 30, 3))).save(root / "images" / "03.png", exif=exif)
    save_mask(root / "masks" / "03.png", regions([0, 1], 30)[:20])


def spoil_channels(root):
    np.save(root / "images" / "03.npy", np.zeros((24, 24, 7), np.uint8))
    (root / "images" / "03.png").unlink()


def spoil_copies(root):
    for path in (root / "images").iterdir():
        shutil.copy(root / "images" / "00.png", path) if path.name != "00.png" else None


PROBLEMS = {
    spoil_nothing_else: (0, ["images without a mask, left out: 1", "images/alone.png", "masks/lonely.png"]),
    spoil_size: (1, ["pairs of different sizes: 1", "images/03.png is 24 x 24 but its mask 20 x 20"]),
    spoil_file: (1, ["files that cannot be read: 1", "masks/03.png"]),
    spoil_image: (1, ["files that cannot be read: 1", "images/03.png"]),
    spoil_names: (1, ["files of the same name: 1", "images/03.jpg and images/03.png"]),
    spoil_exif: (1, ["the EXIF data of the image turn it, those of its mask do not", "images/03.png"]),
    spoil_channels: (1, ["some images have 3 and 7 channels"]),
    spoil_copies: (1, ["have the same content"]),
}


@pytest.mark.parametrize(("spoil", "expected"), PROBLEMS.items(), ids=lambda p: getattr(p, "__name__", ""))
def test_a_problem_is_named_with_its_file_and_decides_the_exit_code(check, tmp_path, spoil, expected):
    root = labelled(tmp_path / "data")
    spoil(root)
    code, out, _ = check(root)
    text = " ".join(out.split())
    assert code == expected[0]
    assert all(" ".join(words.split()) in text for words in expected[1]), out


def test_that_no_image_has_a_mask_is_said_before_all_their_names(check, tmp_path):
    root = tmp_path / "data"
    for name in ("images/cat.png", "masks/dog.png"):
        (root / name).parent.mkdir(parents=True)
        save_mask(root / name, regions([0, 1]))
    lines = check(root)[1].splitlines()
    assert lines[lines.index("problems") + 1] == "  pairs: 1" and "images/cat.png" in " ".join(lines)


def test_of_many_problems_of_a_kind_ten_are_listed(check, tmp_path):
    root = labelled(tmp_path / "data")
    for number in range(33):
        shutil.copy(root / "images" / "00.png", root / "images" / f"x{number:02}.png")
    out = check(root)[1]
    assert out.count("images/x") == 10 and "left out: 33" in out and "and 23 more" in out


def test_masks_are_checked_against_a_dataset_toml(check, tmp_path):
    root = labelled(tmp_path / "data")
    (root / "dataset.toml").write_text('classes = ["sky", "road"]\n')
    code, out, _ = check(root / "dataset.toml")
    text = " ".join(out.split())
    assert code == 1 and "masks that do not agree with dataset.toml: 8" in text and "the value 2 at row 0" in text
    assert "other values 33.33 %" in text


def test_a_check_of_a_dataset_toml_ends_with_what_comes_next(check, tmp_path):
    root = labelled(tmp_path / "my set")
    check(root, "--write")
    for path, *write in ((root,), (root / "dataset.toml",), (root, "--write")):
        assert check(path, *write)[1].endswith(f"train on it with\n  minifcn train --data folder:'{path}'\n")
    save_mask(root / "masks" / "00.png", regions((0, 1, 9)))
    out = check(root)[1]
    assert "first solve the problems above" in " ".join(out.split()) and "minifcn train" not in out


def test_grey_jpeg_masks_in_colour_are_listed_as_what_they_are(check, tmp_path):
    mask = np.repeat(regions((0, 255), 64)[..., None], 3, axis=2)
    root = plant(tmp_path / "set", [mask] * 3, ".jpg", quality=95)
    code, out, _ = check(root)
    assert code == 1 and "#000000   50.00 %" in out and "#ffffff   50.00 %" in out


def test_swapped_folders_are_recognised(check, tmp_path):
    root = labelled(tmp_path / "data")
    os.rename(root / "images", root / "x")
    os.rename(root / "masks", root / "images")
    os.rename(root / "x", root / "masks")
    code, out, _ = check(root)
    assert code == 1 and "are images and masks swapped?" in " ".join(out.split())
    assert not (root / "dataset.toml").exists() and "wrote" not in out


def test_a_folder_without_images_is_one_sentence_and_nothing_is_written(check, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out, err = check(tmp_path / "empty", "--write")
    assert (code, out) == (1, "") and "found no images with masks" in err and err.count("\n") == 1
    assert not contents(tmp_path)


def test_255_in_a_thin_outline_is_the_ignore_label(check, tmp_path):
    root = plant(tmp_path / "voc", [np.roll(outlined([0, 1, 2, 0], 255, 48), k, axis=1) for k in EIGHT])
    code, out, _ = check(root, "--write")
    assert code == 0 and "255 marks pixels without a label" in out
    assert Description.read(root / "dataset.toml").ignore == (255,)


def test_a_written_proposal_ends_with_the_command_to_train(check, tmp_path):
    root = labelled(tmp_path / "data")
    _, out, _ = check(root, "--write")
    assert out.endswith(f"then train on it with\n  minifcn train --data folder:{root}\n")
