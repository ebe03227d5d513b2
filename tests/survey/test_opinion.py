"""The opinion on masks of every kind: right where the files allow one reading, otherwise a question with its answers."""

import numpy as np
import pytest
from PIL import Image

from minifcn.data.own.description import Description
from minifcn.survey.names import find_names
from minifcn.survey.opinion import opinion_of
from minifcn.survey.peaks import near_levels, peaks_of
from minifcn.survey.scan import scan_folder
from minifcn.survey.values import Values
from survey.planted import outlined, painted, plant, regions, unpacked

RED, GREEN, BLUE, BORDER = 0xFF0000, 0x00FF00, 0x0000FF, 0xE0E0C0
AB = [0, 1]  # two masks, whose bands are in different places


def judged(root):
    scan = scan_folder(root, Description(), quiet=True)
    assert not scan.problems.counts, scan.problems.sentences
    return opinion_of(scan.masks, find_names(root))


def bands(values, count=2):
    return [regions(values, 48, shift) for shift in range(count)]


def words(count):
    return [f"class {k}" for k in range(count)]


# Masks of numbers ---------------------------------------------------------------------------------------------------

NUMBERS = {
    "labels from 0": (bands([0, 1, 2, 3]), {"classes": words(4)}),
    "labels with gaps": (bands([0, 2, 7]), {"classes": words(8)}),
    "labels and 255": (bands([0, 1, 2, 255]), {"classes": words(3), "ignore": [255]}),
    "labels and -1": (bands([-1, 0, 1]), {"classes": words(2), "ignore": [-1]}),
    "labels from 1": (bands([1, 2, 3]), {"classes": ["class 1", "class 2", "class 3"], "values": [1, 2, 3]}),
    "0 and 1": (bands([0, 1]), {"classes": ["background", "foreground"]}),
    "0 and 38": (bands([0, 38]), {"classes": ["background", "foreground"], "values": [0, 38]}),
    "even levels": (bands([0, 85, 170, 255]), {"classes": [f"value {v}" for v in (0, 85, 170, 255)], "values": [0, 85, 170, 255]}),
}


@pytest.mark.parametrize(("masks", "fields"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_with_one_reading_are_certain(tmp_path, masks, fields):
    suffix = ".npy" if min(mask.min() for mask in masks) < 0 else ".png"
    opinion = judged(plant(tmp_path, masks, suffix))
    assert opinion.certain and opinion.fields == fields


OPEN = {
    "0 and 255": (bands([0, 255]), [{"values": [0, 255]}, {"values": [0, 1], "ignore": [255]}]),
    "1 and 255": (bands([1, 255]), [{"values": [1, 255]}, {"values": [0, 1], "ignore": [255]}]),
    "uneven levels": (
        bands([0, 30, 200, 210]),
        [{"classes": ["value 0", "value 30", "value 200", "value 210"], "values": [0, 30, 200, 210]}, {"classes": words(211)}],
    ),
    "0 only in thin lines": (
        [outlined([1, 2, 1, 3], 0, 48)],
        [{"classes": words(4)}, {"classes": words(4)[1:], "values": [1, 2, 3], "ignore": [0]}],
    ),
}


@pytest.mark.parametrize(("masks", "answers"), OPEN.values(), ids=OPEN)
def test_numbers_with_two_readings_are_a_question(tmp_path, masks, answers):
    opinion = judged(plant(tmp_path, masks))
    assert not opinion.certain and opinion.question.endswith("?")
    assert [keys for _, keys in opinion.choices] == answers


def test_three_levels_may_be_a_trimap(tmp_path):
    opinion = judged(plant(tmp_path, bands([0, 128, 255])))
    assert not opinion.certain
    assert [keys.get("ignore") for _, keys in opinion.choices] == [None, [255], [128]]


def test_evidence_for_the_ignore_label_is_given_in_figures(tmp_path):
    opinion = judged(plant(tmp_path, [outlined([0, 1, 2, 0], 255, 48)]))
    assert opinion.certain and opinion.fields["ignore"] == [255]
    assert "12.5 % of the pixels, 100.0 % of them in thin lines between other values" in opinion.sentence


def test_indices_of_a_palette_are_labels_with_its_colours(tmp_path):
    opinion = judged(plant(tmp_path, bands([0, 5, 15, 255]), palette="voc"))
    assert opinion.certain and opinion.kind == "palette"
    assert opinion.fields["classes"] == words(16) and opinion.fields["ignore"] == [255]
    assert opinion.fields["colours"][:3] == ["#000000", "#800000", "#008000"]


def test_where_palettes_differ_only_the_colours_count(tmp_path):
    palette = np.zeros((256, 3), np.uint8)
    palette[1], palette[2] = (255, 0, 0), (0, 255, 0)
    plant(tmp_path, bands([0, 1, 2], 1), palette=palette)
    exchanged = palette.copy()
    exchanged[1:3] = palette[2:0:-1]
    mask = Image.fromarray(regions([0, 1, 2], 48, 1).astype(np.uint8))
    mask.putpalette(exchanged.tobytes())
    mask.save(tmp_path / "masks" / "01.png")
    Image.fromarray(np.zeros((48, 48, 3), np.uint8)).save(tmp_path / "images" / "01.png")
    opinion = judged(tmp_path)
    assert opinion.certain and "00.png and 01.png differ" in opinion.sentence
    assert opinion.fields["colours"] == ["#000000", "#00ff00", "#ff0000"] and opinion.fields["encoding"] == "colours"


def test_grey_colours_are_read_as_numbers(tmp_path):
    opinion = judged(plant(tmp_path, [painted([0, 0x010101, 0x020202], 48, shift) for shift in AB]))
    assert opinion.certain and opinion.fields == {"classes": words(3)}


def test_numbers_of_16_bits(tmp_path):
    opinion = judged(plant(tmp_path, bands([0, 1000, 2000, 3000])))
    assert opinion.certain and opinion.fields["values"] == [0, 1000, 2000, 3000]


# Names --------------------------------------------------------------------------------------------------------------


NAMED = {
    "one name for each label": ("sky\nroad\ncar\n", {"classes": ["sky", "road", "car"]}),
    "no name for 0": ("road\ncar\n", {"classes": ["road", "car"], "values": [1, 2], "ignore": [0]}),
    "more names than labels": (
        "background\nroad\ncar\ntree\n",
        {"classes": ["background", "road", "car", "tree"]},
    ),
    "a void class": ("sky\nvoid\ncar\n", {"classes": ["sky", "car"], "values": [0, 2], "ignore": [1]}),
}


@pytest.mark.parametrize(("text", "fields"), NAMED.values(), ids=NAMED)
def test_names_tell_what_labels_mean(tmp_path, text, fields):
    (tmp_path / "classes.txt").write_text(text)
    opinion = judged(plant(tmp_path, bands([0, 1, 2])))
    assert opinion.certain and opinion.fields == fields and "classes.txt" in opinion.sentence


def test_more_names_than_labels_may_begin_with_1(tmp_path):
    (tmp_path / "classes.txt").write_text("wall\nbuilding\nsky\nfloor\ntree\n")
    opinion = judged(plant(tmp_path, bands([0, 1, 2])))
    assert not opinion.certain and "begin with the label 0, or with 1" in opinion.question
    assert [keys["classes"][0] for _, keys in opinion.choices if "classes" in keys] in ([], ["wall", "wall"])
    assert opinion.choices[1][1]["ignore"] == [0]


def test_colours_that_a_table_names_are_certain_and_others_a_question(tmp_path):
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\ncrop,0,255,0\nweed,255,0,0\nvoid,0,0,0\n")
    opinion = judged(plant(tmp_path, [painted([0, RED, GREEN], 48)]))
    assert opinion.certain
    fields = {"classes": ["crop", "weed"], "colours": ["#00ff00", "#ff0000"], "encoding": "colours", "ignore": ["#000000"]}
    assert opinion.fields == fields
    opinion = judged(plant(tmp_path, [painted([0, RED, BLUE], 48)]))
    assert not opinion.certain and "#0000ff, 33.3 % of the pixels" in opinion.sentence
    assert [keys for _, keys in opinion.choices] == [{"unknown": "ignore"}, {"unknown": "nearest"}]


# Masks of colours ---------------------------------------------------------------------------------------------------


def test_a_few_colours_are_classes_black_first_then_by_frequency(tmp_path):
    opinion = judged(plant(tmp_path, [painted([RED, GREEN, GREEN, 0, 0x123456, 0x123456, 0x123456], 48)]))
    assert opinion.certain
    assert opinion.fields["classes"] == ["background", "#123456", "lime", "red"]
    assert opinion.fields["colours"] == ["#000000", "#123456", "#00ff00", "#ff0000"]


def test_the_border_of_voc_is_ignored(tmp_path):
    opinion = judged(plant(tmp_path, [unpacked(outlined([0, 0x800000, 0], BORDER, 48))]))
    assert opinion.certain and opinion.fields["ignore"] == ["#e0e0c0"]
    assert opinion.fields["classes"] == ["background", "maroon"]


def test_white_in_thin_lines_is_a_question(tmp_path):
    opinion = judged(plant(tmp_path, [unpacked(outlined([RED, GREEN, RED], 0xFFFFFF, 48))]))
    assert not opinion.certain and opinion.question == "Is white a class, or ignored?"


def test_numbers_that_begin_at_1_in_every_mask_are_a_question(tmp_path):
    masks = [regions([0, *range(1, count + 1), 255], 48) for count in (1, 3, 2, 4, *[2, 3] * 4)]
    opinion = judged(plant(tmp_path / "objects", masks, palette="voc"))
    assert not opinion.certain and "12 masks count from 1 without a gap, some up to 1, others up to 4." in opinion.sentence and "objects in an image?" in opinion.question
    [(_, fields)] = opinion.choices
    assert fields["classes"] == words(5) and fields["ignore"] == [255]
    gap = regions([0, 1, 2, 4], 48)
    assert not judged(plant(tmp_path / "hidden", [*masks, gap], palette="voc")).certain, "an object that another one covers"
    assert judged(plant(tmp_path / "classes", [*masks, gap, gap], palette="voc")).certain
    assert judged(plant(tmp_path / "nested", masks[:3] * 2, palette="voc")).certain, "organ, tumour, cyst"


def test_colours_that_count_objects_are_a_question(tmp_path):
    ids = [0, *(0x0A0000 + 7 * k for k in range(1, 15))]
    opinion = judged(plant(tmp_path, [painted(ids, 60)]))
    assert not opinion.certain and opinion.kind == "ids" and "minifcn data convert" in opinion.question


def test_colours_of_single_files_are_a_question(tmp_path):
    rng = np.random.default_rng(0)
    files = [[0, *rng.integers(1, 1 << 24, 9).tolist()] for _ in AB]
    opinion = judged(plant(tmp_path, [painted(colours, 60) for colours in files]))
    assert not opinion.certain and "18 of 18 colours occur in one mask only" in opinion.sentence


# Masks that were compressed or resized --------------------------------------------------------------------------------


def disc(low, high, side=96):
    y, x = np.mgrid[:side, :side] - side / 2
    return np.where(x * x + y * y < side * side / 9, high, low)


def test_jpeg_masks_get_the_nearest_value_but_255_stays_a_question(tmp_path):
    opinion = judged(plant(tmp_path, [disc(0, 255)], ".jpg", quality=92))
    assert not opinion.certain and opinion.fields["unknown"] == "nearest" and opinion.shown == [0, 255]
    assert "of the pixels lie between 0 and 255: 1 of the masks are JPEG files" in opinion.sentence
    assert [keys for _, keys in opinion.choices] == OPEN["0 and 255"][1]


def test_smoothly_resized_masks_get_the_nearest_value(tmp_path):
    plant(tmp_path, [disc(0, 100, 400)])
    small = Image.open(tmp_path / "masks" / "00.png").resize((390, 390), Image.Resampling.BICUBIC)
    mask = np.asarray(small)
    assert len(np.unique(mask)) > 30
    opinion = judged(plant(tmp_path, [np.minimum(mask, 101)]))
    assert opinion.certain and opinion.fields["unknown"] == "nearest"
    assert opinion.fields["values"] == [0, 100]


def test_labels_saved_as_jpeg_are_lost(tmp_path):
    opinion = judged(plant(tmp_path, bands([0, 1, 2, 3, 4, 5, 9]), ".jpg", quality=75))
    assert not opinion.trainable and "JPEG changes values" in opinion.sentence


def test_jpeg_colours_of_which_some_may_be_lost_are_a_question(tmp_path):
    opinion = judged(plant(tmp_path, [unpacked(disc(0, RED, 192))], ".jpg", quality=75))
    assert opinion.trainable and not opinion.certain and "Were other colours drawn" in opinion.question
    opinion = judged(plant(tmp_path, [painted([0, RED], 192)], ".jpg", quality=95, subsampling=0))
    assert opinion.certain and opinion.fields["unknown"] == "nearest" and len(opinion.fields["classes"]) == 2


# Masks that are none ------------------------------------------------------------------------------------------------


def test_one_value_everywhere_cannot_be_trained_on(tmp_path):
    for value in 0, 255:
        opinion = judged(plant(tmp_path, bands([value])))
        assert not opinion.trainable and f"Every mask holds only {value}" in opinion.sentence


def test_more_than_255_values_are_no_classes(tmp_path):
    ramp = np.arange(48 * 48).reshape(48, 48)
    opinion = judged(plant(tmp_path, [ramp]))
    assert not opinion.trainable and "more than 255 different values" in opinion.sentence


def test_photographs_are_no_classes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    assert not judged(plant(tmp_path / "noise", [noise])).trainable
    smooth = Image.fromarray(noise).resize((96, 96), Image.Resampling.BICUBIC)
    assert not judged(plant(tmp_path / "photo", [np.asarray(smooth)], ".jpg")).trainable
    assert not judged(plant(tmp_path / "grey", [np.asarray(smooth.convert("L"))], ".jpg")).trainable


def test_a_peak_stands_out_from_the_values_near_it():
    values = Values()
    smooth = 100 + np.arange(61 * 61).reshape(61, 61) % 61
    values.add(smooth)
    assert peaks_of(values, near_levels) == []
    values.add(np.full((61, 61), 130))
    assert peaks_of(values, near_levels) == [130]


def test_a_grey_photograph_on_white_has_no_peaks_but_one(tmp_path):
    white = np.full((96, 96), 255)
    white[36:60, 36:60] = np.sort(np.random.default_rng(0).integers(20, 230, 24 * 24)).reshape(24, 24)
    assert not judged(plant(tmp_path, [white], ".jpg")).trainable


def test_masks_of_two_kinds_are_refused(tmp_path):
    plant(tmp_path, [regions([0, 1]), regions([0, 1])])
    Image.fromarray(painted([0, RED])).save(tmp_path / "masks" / "01.png")
    opinion = judged(tmp_path)
    assert not opinion.trainable and "of two kinds, 1 of numbers and 1 of colours:" in opinion.sentence


# Transparency -------------------------------------------------------------------------------------------------------


def rgba(colours, opaque):
    mask = np.zeros((48, 48, 4), np.uint8)
    mask[..., :3] = painted(colours, 48)
    mask[..., 3] = 255 * opaque
    return mask


def test_an_alpha_channel_that_varies_is_the_mask(tmp_path):
    opinion = judged(plant(tmp_path, [rgba([RED], regions([0, 1], 48))]))
    assert opinion.certain and opinion.fields == {"classes": ["background", "foreground"], "encoding": "alpha"}


def test_colours_and_alpha_are_a_question(tmp_path):
    opinion = judged(plant(tmp_path, [rgba([RED, GREEN, 0], regions([0, 1], 48))]))
    assert not opinion.certain and [keys["encoding"] for _, keys in opinion.choices] == ["alpha", "colours"]


def test_an_alpha_channel_that_is_opaque_everywhere_is_nothing(tmp_path):
    opinion = judged(plant(tmp_path, [rgba([RED, 0], np.ones((48, 48)))]))
    assert opinion.certain and opinion.fields["encoding"] == "colours"
