"""Cityscapes, ADE20K and SIFT Flow on miniatures in their layouts."""

import numpy as np
import pytest
from published_data import check, indices_of, names_of, write_indices, write_mat, write_names, write_picture

from minifcn.data import DataLoader
from minifcn.data.balance import class_weights
from minifcn.data.catalogue import open_data
from minifcn.data.published.listing import hold_out
from minifcn.data.published.siftflow import SiftFlowBothData
from minifcn.models import FCN16s, SmallVGG
from minifcn.models.two_heads import TwoHeads, evaluate_heads
from minifcn.optim import SGD
from minifcn.step import evaluate, pixel_loss, train_step
from minifcn.studies.catalogue import study_of
from minifcn.studies.run import report, run_study

FRAMES = {"train": ["aachen/aachen_000000_000019", "bochum/bochum_000000_000313"], "val": ["ulm/ulm_000001_000019"]}


def make_cityscapes(root, kind="labelIds", numbers=(7, 33, 0, 11, 4)):
    for split, names in FRAMES.items():
        for name in names:
            write_picture(root / "leftImg8bit" / split / f"{name}_leftImg8bit.png")
            for other in "instanceIds", "color":
                write_indices(root / "gtFine" / split / f"{name}_gtFine_{other}.png", indices_of(1))
            write_indices(root / "gtFine" / split / f"{name}_gtFine_{kind}.png", indices_of(*numbers))
    return root


@pytest.mark.parametrize("kind, numbers", [("labelIds", (7, 33, 0, 11, 4)), ("labelTrainIds", (0, 18, 255, 2, 255))])
def test_cityscapes_turns_its_ids_into_nineteen_classes(tmp_path, kind, numbers):
    data = open_data(f"cityscapes:{make_cityscapes(tmp_path, kind, numbers)}", size=8)
    assert [names_of(split) for split in (data.train(), data.validation(), data.test())] == [*FRAMES.values(), FRAMES["val"]]
    assert data.test()[0][1][0, :5].tolist() == [0, 18, 255, 2, 255]
    assert data.classes[0] == "road" and data.classes[18] == "bicycle" and data.palette[13].tolist() == [0, 0, 142]
    assert "test labels are not public" in data.describe()
    check(data)


def test_what_cityscapes_lacks_is_named(tmp_path):
    data = open_data(f"cityscapes:{make_cityscapes(tmp_path)}")
    (tmp_path / "gtFine/train/aachen/aachen_000000_000019_gtFine_labelIds.png").unlink()
    with pytest.raises(ValueError, match=r"gtFine/train/aachen has no mask for 1 of 1 names, the first is aachen_000000_00"):
        data.train()
    (tmp_path / "gtFine/val/ulm").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"cityscapes: there is no folder \S+gtFine/val/ulm; expected the folders leftImg8bit"):
        data.validation()
    (tmp_path / "leftImg8bit").rename(tmp_path / "images")
    with pytest.raises(ValueError, match=r"cityscapes: there is no folder \S+leftImg8bit/val; expected the folders leftImg8bit"):
        data.validation()
    write_indices(tmp_path / "a_gtFine_labelIds.png", indices_of(34))
    with pytest.raises(ValueError, match="has the value 34 at row 0, column 0 .*, expected 0 to 33 or 255"):
        data.read_label(tmp_path / "a_gtFine_labelIds.png")


def make_ade20k(root):
    for split, count in ("training", 2), ("validation", 1):
        for number in range(1, count + 1):
            name = f"ADE_{'train' if split == 'training' else 'val'}_{number:08}"
            write_picture(root / "images" / split / f"{name}.jpg", number)
            write_indices(root / "annotations" / split / f"{name}.png", indices_of(0, 1, 150, number))
    return root


def test_ade20k_counts_its_classes_from_one_and_ignores_zero(tmp_path):
    make_ade20k(tmp_path / "ADEChallengeData2016")
    for path in tmp_path, tmp_path / "ADEChallengeData2016":
        data = open_data(f"ade20k:{path}", size=0)
        assert len(data.train()) == 2 and len(data.test()) == 1
        assert data.test()[0][1][0, :4].tolist() == [255, 0, 149, 0]
    assert data.classes[:3] == ("wall", "building", "sky") and data.classes[149] == "flag" and len(data.classes) == 150
    check(data)


def test_ade20k_takes_the_names_of_the_table_beside_it(tmp_path):
    lines = ["Idx\tRatio\tTrain\tVal\tStuff\tName", *(f"{n}\t0.1\t1\t1\t0\tthing {n}, object {n}" for n in range(1, 151))]
    write_names(make_ade20k(tmp_path) / "objectInfo150.txt", lines, end="\r\n")
    assert open_data(f"ade20k:{tmp_path}").classes[149] == "thing 150"
    write_names(tmp_path / "objectInfo150.txt", lines[:-1])
    with pytest.raises(ValueError, match="objectInfo150.txt has 149 lines after the headline, expected 150 names"):
        open_data(f"ade20k:{tmp_path}")


def test_what_ade20k_lacks_is_named(tmp_path):
    data = open_data(f"ade20k:{make_ade20k(tmp_path)}")
    (tmp_path / "images/training/ADE_train_00000001.jpg").unlink()
    with pytest.raises(ValueError, match="images/training has no image for 1 of 2 names, the first is ADE_train_00000001"):
        data.train()
    (tmp_path / "annotations/validation").rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match=r"ade20k: there is no folder \S+annotations/validation; expected the folders images"):
        data.validation()


SCENES = "spatial_envelope_256x256_static_8outdoorcategories"
NAMES = [f"coast_{number}" for number in range(20)]


@pytest.fixture
def siftflow(tmp_path):
    for number, name in enumerate([*NAMES, "street_1"]):
        write_picture(tmp_path / "Images" / SCENES / f"{name}.jpg", number)
        write_mat(tmp_path / "SemanticLabels" / SCENES / f"{name}.mat", S=indices_of(0, 1, 33).astype(np.uint8))
        write_mat(tmp_path / "GeoLabels" / SCENES / f"{name}.mat", S=indices_of(-1, 1, 3).astype(np.int16))
    write_names(tmp_path / "trainval.txt", NAMES)
    write_names(tmp_path / "test.txt", ["street_1"])
    return tmp_path


def test_sift_flow_has_two_sets_of_labels_and_a_tenth_for_validation(siftflow):
    for name, last, classes in ("siftflow", 32, 33), ("siftflow-geometric", 2, 3):
        data = open_data(f"{name}:{siftflow}")
        train, validation = names_of(data.train()), names_of(data.validation())
        assert len(validation) == 2 and sorted(train + validation) == sorted(NAMES) and names_of(data.test()) == ["street_1"]
        assert data.test()[0][1][0, :3].tolist() == [255, 0, last] and len(data.classes) == classes
        assert "a tenth of trainval.txt, by a hash of the names, is the validation split" in data.describe()
        check(data)


def test_sift_flow_gives_both_labels_of_an_image_together(siftflow):
    for crop in 0, 8:
        data = SiftFlowBothData(crop, path=siftflow)
        images, labels = next(iter(DataLoader(data.train(), 4, seed=3)))
        assert images.shape[2:] == labels.shape[2:] and labels.shape[:2] == (4, 2)
        for k, head in enumerate(data.heads):
            same, alone = next(iter(DataLoader(head.train(), 4, seed=3)))  # the same crops, mirrored alike
            np.testing.assert_array_equal(same, images)
            np.testing.assert_array_equal(alone, labels[:, k])
    assert data.absent_classes() == [] and data.class_weights() is None
    check(data)


def test_the_classes_of_both_heads_are_counted_and_weighted(siftflow):
    write_mat(siftflow / "GeoLabels" / SCENES / f"{NAMES[0]}.mat", S=indices_of(2).astype(np.int16))
    data = SiftFlowBothData(path=siftflow)
    things, directions = data.class_frequencies()
    assert things.shape == (33,) and directions.shape == (3,) and things.sum() == directions.sum() == 1
    assert things[0] > 0 and things[1] == 0 and (directions > 0).all()
    for weights, frequencies in zip(data.class_weights("median"), (things, directions)):
        np.testing.assert_array_equal(weights, class_weights(frequencies))


def test_two_heads_learn_and_are_scored_on_both_labels(siftflow):
    data, rng = SiftFlowBothData(path=siftflow), np.random.default_rng(0)
    trunk = SmallVGG(widths=(8, 8, 8, 8, 8), head=16, generator=rng)
    net = TwoHeads(*(FCN16s(trunk, len(head.classes)) for head in data.heads))
    batches, optimizer = DataLoader(data.train(), 6, seed=1), SGD(net.parameters(), 0.1, momentum=0.9)
    options = {"weight": data.class_weights("median"), "ignore_index": 255}
    losses = [train_step(net, optimizer, pixel_loss, *batch, **options) for _ in range(4) for batch in batches]
    assert losses[-1] < 0.8 * losses[0]
    matrices = evaluate_heads(net, DataLoader(data.test()))
    for matrix, head, fcn in zip(matrices, data.heads, (net.first, net.second)):
        alone, _ = evaluate(fcn, DataLoader(head.test()))
        np.testing.assert_array_equal(matrix.matrix, alone.matrix)
        assert matrix.matrix.shape == (len(head.classes),) * 2 and matrix.matrix.sum() > 0


def test_labels_of_two_sizes_are_refused(siftflow):
    write_mat(siftflow / "GeoLabels" / SCENES / "street_1.mat", S=indices_of(1, size=(12, 17)).astype(np.int16))
    with pytest.raises(ValueError, match=r"siftflow-both: street_1.mat has 16 x 12 and 17 x 12 pixels in the two folders"):
        SiftFlowBothData(path=siftflow).test()
    (siftflow / "GeoLabels" / SCENES / "street_1.mat").unlink()
    with pytest.raises(ValueError, match=r"siftflow-both: there is no file \S+GeoLabels/\S+street_1.mat; expected Images, Sem"):
        SiftFlowBothData(path=siftflow).test()


def test_the_study_heads_rehearses_on_it(siftflow, tmp_path_factory):
    out = tmp_path_factory.mktemp("heads")
    results = run_study(study_of("heads"), out, seeds=1, quiet=True, quick=True, siftflow=str(siftflow))
    rows = results.rows()[-2:]
    assert rows == ["SIFT Flow: two heads", "SIFT Flow: two nets"] and "–" not in report(results).split("\n\n")[1]
    heads, nets = (results.mean(row, "parameters") for row in rows)
    assert heads < 0.6 * nets


def test_what_sift_flow_lacks_is_named(siftflow):
    (siftflow / "GeoLabels").rename(siftflow / "elsewhere")
    assert len(open_data(f"siftflow:{siftflow}").train()) == 18
    with pytest.raises(ValueError, match=r"siftflow-geometric: there is no folder \S+GeoLabels/spatial\S+; expected Images, Sem"):
        open_data(f"siftflow-geometric:{siftflow}").test()
    (siftflow / "test.txt").write_text("\n \n")
    with pytest.raises(ValueError, match=r"test.txt is empty, expected a list with one name on each line"):
        open_data(f"siftflow:{siftflow}").test()
    (siftflow / "test.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"test.txt is not text in UTF-8"):
        open_data(f"siftflow:{siftflow}").test()
    write_names(siftflow / "test.txt", ["a", "b", "a"])
    with pytest.raises(ValueError, match=r"test.txt names a twice; remove one of the lines"):
        open_data(f"siftflow:{siftflow}").test()
    write_names(siftflow / "test.txt", ["street_1"])
    write_mat(siftflow / "SemanticLabels" / SCENES / "street_1.mat", S=np.array([[1.5, np.nan]]))
    with pytest.raises(ValueError, match=r"street_1.mat has the value 1.5 at row 0, column 0 \(2 pixels are wrong\), expected 0"):
        open_data(f"siftflow:{siftflow}").test()[0]
    write_mat(siftflow / "SemanticLabels" / SCENES / "street_1.mat", S=np.zeros((12, 16, 3)))
    with pytest.raises(ValueError, match=r"street_1.mat has the dimensions \(12, 16, 3\), expected \(height, width\)"):
        open_data(f"siftflow:{siftflow}").test()[0]
    write_mat(siftflow / "SemanticLabels" / SCENES / "street_1.mat", S=np.zeros((12, 17)))
    with pytest.raises(ValueError, match=r"street_1.jpg has 16 x 12 pixels, but its mask \S+street_1.mat has 17 x 12; resize"):
        open_data(f"siftflow:{siftflow}").test()[0]
    (siftflow / "trainval.txt").unlink()
    with pytest.raises(ValueError, match=r"siftflow: there is no file \S+trainval.txt; expected Images, SemanticLabels"):
        open_data(f"siftflow:{siftflow}").train()


def test_what_is_held_out_does_not_depend_on_the_order_and_keeps_groups_together():
    names = [f"scene{number % 7}_{number}" for number in range(70)]
    group = lambda name: name.split("_")[0]
    held = hold_out(names, 0.3, group)
    assert held == hold_out(names[::-1], 0.3, group) and len(held) == 20
    assert len({*map(group, held)}) == 2 and all((name in held) == (group(name) in {*map(group, held)}) for name in names)
    assert len(hold_out(["a", "b"], 0.01)) == 1 and hold_out(["a"], 0.5) == set() and len(hold_out("abcde", 1.0)) == 4
