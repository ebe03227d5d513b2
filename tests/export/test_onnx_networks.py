"""Every network of the catalogue as an ONNX model, against onnxruntime, on images of sizes that were not traced."""

import numpy as np
import pytest

from minifcn.models import NETS
from minifcn.models.catalogue import kinds
from minifcn.models.deeplab import DeepLabLargeFOV
from minifcn.models.hypercolumn import Hypercolumn
from minifcn.models.unet import UNet

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from models.narrow_networks import CLASSES, backbone, moved, untouched, with_window_1

from minifcn.export import onnx_file
from minifcn.export.onnx_file import export_onnx, largest_difference

SIZES = [(1, 1, 1), (2, 7, 131), (1, 32, 64), (1, 40, 41), (1, 128, 9)]


@pytest.fixture(autouse=True)
def quick_check(monkeypatch):
    """The check of export_onnx() on one image: the tests have their own."""
    monkeypatch.setattr(onnx_file, "CHECKED", ((1, 8, 8),))


def exported(net, path, **options):
    """`net` with moved weights, in float32, and the bytes of its ONNX file."""
    moved(net).to("float32").eval()
    export_onnx(net, path, **options)
    return net, path.read_bytes()


def assert_agrees(net, path, sizes=SIZES):
    net, content = exported(net, path)
    assert largest_difference(net, content, [(n, 3, h, w) for n, h, w in sizes]) <= 1e-5


@pytest.mark.parametrize("name", kinds()["segmentation"])
def test_every_net_that_labels_pixels_is_one_model_for_images_of_any_size(name, tmp_path):
    assert_agrees(untouched(name), tmp_path / "net.onnx")


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
@pytest.mark.parametrize("under", ["alexnet", "vgg11", "resnet18", "resnet50-caffe"])
def test_fcn8s_has_its_crops_and_paddings_over_any_backbone(under, geometry, tmp_path):
    net = NETS["fcn8s"](backbone(under, np.random.default_rng(0), geometry=geometry), CLASSES)
    assert_agrees(net, tmp_path / "net.onnx")


@pytest.mark.parametrize("under", ["alexnet-owt", "squeezenet", "googlenet-bn", "resnet18"])
@pytest.mark.parametrize("name", ["hypercolumn", "deeplab-largefov"])
def test_maps_are_laid_on_the_image_wherever_their_first_unit_is(name, under, tmp_path):
    rng = np.random.default_rng(0)
    base = backbone(under, rng)
    if name == "hypercolumn":
        net = Hypercolumn(base, CLASSES, (base.skips[8], base.last), generator=rng)
    else:
        net = DeepLabLargeFOV(base, CLASSES, width=4, rate=2, generator=rng)
    assert_agrees(net, tmp_path / "net.onnx")


@pytest.mark.parametrize("kind", ["frozen", "learned", "nearest", "bilinear", "shuffle"])
def test_a_unet_may_upsample_in_any_way_whose_positions_are_in_the_graph(kind, tmp_path):
    assert_agrees(UNet(CLASSES, widths=(2, 3, 4), padded=True, upsampling=kind), tmp_path / "net.onnx")


def test_a_net_for_some_sizes_only_is_written_for_the_one_that_is_chosen(tmp_path):
    net, content = exported(UNet(CLASSES, widths=(2, 3, 4)), tmp_path / "net.onnx", size=(60, 76))
    assert largest_difference(net, content, [(1, 3, 60, 76), (3, 3, 60, 76)]) <= 1e-5


@pytest.mark.parametrize("name", ["squeezenet-classifier", "googlenet-classifier", "resnet18-classifier"])
def test_a_classifier_that_ends_in_a_mean_takes_any_size(name, tmp_path):
    assert_agrees(untouched(name), tmp_path / "net.onnx", [(1, 48, 33), (2, 64, 64)])


def test_a_classifier_with_full_connections_has_its_own_size(tmp_path, monkeypatch):
    with_window_1(monkeypatch)
    net, content = exported(untouched("vgg11-classifier"), tmp_path / "net.onnx", size=(32, 32))
    assert largest_difference(net, content, [(1, 3, 32, 32), (2, 3, 32, 32)]) <= 1e-5
