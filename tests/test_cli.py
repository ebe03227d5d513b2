"""The command line's happy paths on tiny data: exit codes, files written, lines printed. test_bad_files.py has the others."""

import argparse
import functools
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numba
import numpy as np
import pytest
from PIL import Image

import minifcn
from minifcn.__main__ import COMMANDS, main, parser
from minifcn.bench import networks
from minifcn.checkpoint import load_checkpoint
from minifcn.data import Shapes, write_image
from minifcn.models import FCN8s, FCN16s
from minifcn.models.catalogue import build
from minifcn.predict import predict
from minifcn.runs import run as run_of_options
from minifcn.runs.options import Options
from minifcn.runs.start import load_model
from minifcn.train import fit

NAMES = [name for commands in COMMANDS.values() for name, *_ in commands]
TINY = ["--data", "shapes", "--size", "32", "--samples", "8", "--batch", "4", "--epochs", "1"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of an FCN-32s, trained for one epoch by the command."""
    out = tmp_path_factory.mktemp("cli") / "fcn32s"
    assert main(["train", "--model", "fcn32s", *TINY, "--out", str(out)]) == 0
    return out


def checkpoint_of(out):
    return str(out / "checkpoint.npz")


# train ----------------------------------------------------------------------------------------------------------------


def test_train_writes_a_checkpoint_and_curves(trained):
    assert sorted(p.name for p in trained.iterdir()) == ["best.npz", "checkpoint.npz", "curves.png", "history.csv"]
    with Image.open(trained / "curves.png") as image:
        assert image.size > (100, 100)


def test_train_prints_a_line_an_epoch_and_where_the_checkpoint_is(tmp_path, capsys):
    assert main(["train", "--model", "pixelwise", *TINY[:-1], "2", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("pixelwise epoch 1/2   loss ") and "mIoU" in lines[0]
    assert lines[1].startswith("pixelwise epoch 2/2   loss ")
    assert lines[2:] == [f"saved {tmp_path / 'checkpoint.npz'}"]


def test_the_checkpoint_says_how_it_was_made(trained):
    checkpoint = load_checkpoint(checkpoint_of(trained))
    expected = Options(model="fcn32s", data="shapes", size=32, samples=8, batch=4, epochs=1)
    assert Options(**checkpoint.config) == expected
    assert load_model(checkpoint_of(trained))[1] == expected


def test_train_does_not_touch_a_checkpoint_without_resume(trained, capsys):
    before = Path(checkpoint_of(trained)).read_bytes()
    assert main(["train", "--model", "fcn32s", *TINY, "--out", str(trained)]) == 1
    assert "already exists; continue with --resume" in capsys.readouterr().err
    assert Path(checkpoint_of(trained)).read_bytes() == before


def test_resuming_a_finished_run_ends_well(trained):
    before = Path(checkpoint_of(trained)).read_bytes()
    assert main(["train", "--model", "fcn32s", *TINY, "--out", str(trained), "--resume"]) == 0
    assert Path(checkpoint_of(trained)).read_bytes() == before


def test_a_finished_run_resumed_with_more_epochs_goes_on_with_the_schedule_of_the_longer_run(tmp_path, capsys):
    command = ["train", "--model", "pixelwise", *TINY[:-1]]
    assert main([*command, "1", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main([*command, "3", "--out", str(tmp_path), "--resume"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "pixelwise: 3 epochs now instead of 1; the learning rate changes from 0 to 0.00208, which is on the curve of the"
        " longer run, so the weights will differ from those of 3 epochs from the start"
    )
    assert [line.split("   ")[0] for line in lines[1:3]] == ["pixelwise epoch 2/3", "pixelwise epoch 3/3"]
    checkpoint = load_checkpoint(checkpoint_of(tmp_path))
    assert checkpoint.config["epochs"] == 3 and checkpoint.progress["epoch"] == 3
    rates = [record["lr"] for record in checkpoint.progress["history"]]
    assert rates == pytest.approx([0, 3e-3 * (1 - 4 / 6) ** 0.9, 0])


def test_a_longer_run_is_resumed_to_the_bit(tmp_path, monkeypatch):
    options = Options(model="pixelwise", data="shapes", size=32, samples=8, batch=4, epochs=1)
    longer, ends = replace(options, epochs=3), []
    for name, until in ("a", [3]), ("b", [2, 3]):
        run_of_options.run(options, tmp_path / name, quiet=True)
        for epochs in until:                                       # stopped after each of these
            stopped = functools.partial(fit_until, epochs)
            monkeypatch.setattr(run_of_options, "fit", stopped)
            net, _ = run_of_options.run(longer, tmp_path / name, resume=True, quiet=True)
            monkeypatch.undo()
        ends.append({key: array.tobytes() for key, array in net.state_dict().items()})
    assert ends[0] == ends[1]


def fit_until(last, *arguments, **options):
    """run.fit, stopped after the epoch `last`."""
    return fit(*arguments, **{**options, "epochs": last})


@pytest.mark.parametrize("options, told", [
    (["--epochs", "1"], "of another configuration: epochs is 2, now 1;"),
    (["--epochs", "3", "--lr", "0.5"], "of another configuration: lr is 0.003, now 0.5;"),
])  # fmt: skip
def test_fewer_epochs_or_a_change_of_another_option_are_refused(options, told, tmp_path, capsys):
    command = ["train", "--model", "pixelwise", *TINY[:-2], "--out", str(tmp_path)]
    assert main([*command, "--epochs", "2"]) == 0
    before = Path(checkpoint_of(tmp_path)).read_bytes()
    capsys.readouterr()
    assert main([*command, *options, "--resume"]) == 1
    out, err = capsys.readouterr()
    assert told in err and out == "" and Path(checkpoint_of(tmp_path)).read_bytes() == before


def test_each_net_starts_from_the_one_before(trained, tmp_path):
    for model, before in ("fcn16s", trained), ("fcn8s", tmp_path / "fcn16s"):
        start = ["--start", checkpoint_of(before)]
        assert main(["train", "--model", model, *TINY, *start, "--out", str(tmp_path / model)]) == 0
    assert isinstance(load_model(checkpoint_of(tmp_path / "fcn16s"))[0], FCN16s)
    assert isinstance(load_model(checkpoint_of(tmp_path / "fcn8s"))[0], FCN8s)


@pytest.mark.parametrize("options", [
    ["--model", "fcn8s-atonce"], ["--upsampling", "learned"], ["--geometry", "caffe"], ["--workers", "2"], ["--batch", "99"],
])  # fmt: skip
def test_train_takes_its_options(options, tmp_path):
    assert main(["train", "--model", "fcn32s", *TINY, *options, "--out", str(tmp_path)]) == 0
    load_model(checkpoint_of(tmp_path))


# predict --------------------------------------------------------------------------------------------------------------

SIZES = {"a": (1, 1), "b": (33, 47), "c": (70, 21)}  # (height, width)


@pytest.fixture(scope="module")
def predicted(trained, tmp_path_factory):
    """A folder of images of odd sizes, and the folder that predict wrote."""
    images, out = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("out") / "deep" / "er"
    for name, size in SIZES.items():
        write_image(images / f"{name}.png", np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8))
    assert main(["predict", str(images), "--checkpoint", checkpoint_of(trained), "--out", str(out)]) == 0
    return images, out


def test_predict_writes_a_label_map_and_an_overlay_for_each_image(predicted):
    written = sorted(p.name for p in predicted[1].iterdir())
    assert written == [f"{name}_{kind}.png" for name in SIZES for kind in ("label", "overlay")] + ["classes.json"]


@pytest.mark.parametrize("name", SIZES)
def test_the_label_map_has_a_palette_and_the_classes_that_the_net_predicts(name, predicted, trained):
    with Image.open(predicted[1] / f"{name}_label.png") as image:
        assert image.mode == "P" and image.size == SIZES[name][::-1]
        assert image.getpalette()[:12] == Shapes(1).palette.ravel().tolist()
        label = np.array(image)
    assert label.max() < 4
    with Image.open(predicted[0] / f"{name}.png") as image:
        picture = np.array(image)
    model, _ = load_model(checkpoint_of(trained))
    np.testing.assert_array_equal(label, predict(model, picture, Shapes.mean, Shapes.std))


@pytest.mark.parametrize("name", SIZES)
def test_the_overlay_has_the_size_of_the_image(name, predicted):
    with Image.open(predicted[1] / f"{name}_overlay.png") as image:
        assert image.mode == "RGB" and image.size == SIZES[name][::-1]


def test_a_runs_folder_may_replace_the_path_of_its_checkpoint(predicted, trained, tmp_path):
    assert main(["predict", str(predicted[0] / "b.png"), "--checkpoint", str(trained), "--out", str(tmp_path / "a")]) == 0
    assert (tmp_path / "a" / "b_label.png").read_bytes() == (predicted[1] / "b_label.png").read_bytes()
    assert main(["train", "--model", "fcn16s", *TINY, "--start", str(trained), "--out", str(tmp_path / "b")]) == 0


def test_predict_says_what_it_did(predicted, trained, tmp_path, capsys):
    image = str(predicted[0] / "b.png")
    assert main(["predict", image, "--checkpoint", checkpoint_of(trained), "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"predicted 1 image; written to {tmp_path}\n"


# models, describe -----------------------------------------------------------------------------------------------------


def test_models_lists_the_networks(capsys):
    assert main(["models", "--only", "resnet18"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["resnet18", "11,176,512", "32", "435", "1.81", "G"] in lines
    assert ["resnet18-classifier", "11,689,512", "32", "435", "1.81", "G"] in lines


def test_models_prints_markdown_and_a_dash_for_a_size_that_does_not_fit(capsys):
    assert main(["models", "--only", "vgg11", "--size", "96", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "| backbones | parameters | stride | receptive field | multiply-adds |" in lines
    assert "| vgg11-classifier | 132,863,336 | 32 | 150 | - |" in lines


def test_models_measures_times(capsys):
    assert main(["models", "--only", "pixelwise", "--size", "8", "--time"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.split()[:2] == ["pixelwise", "1,621"] and last.count(" ms") == 2


def test_the_list_of_networks_fits_100_columns(capsys):
    assert main(["models", "--only", "resnet18", "--time", "--size", "33"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100 and "receptive field" in out
    assert main(["models", "--only", "deeplab-v3"]) == 0
    *_, last, torchvisions = capsys.readouterr().out.splitlines()
    assert len(torchvisions) == len(last) and last.split()[-4:] == ["8", "all", "30.85", "G"] and len(last) <= 100


def test_models_of_a_name_that_is_nowhere(capsys):
    assert main(["models", "--only", "mobilenet"]) == 1
    assert "no network has 'mobilenet' in its name; leave out --only" in capsys.readouterr().err


def test_describe_prints_the_layers_and_draws_the_stages(tmp_path, capsys):
    assert main(["describe", "fcn8s", "--backbone", "small", "--size", "64", "--plot", str(tmp_path / "a.png")]) == 0
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "backbone.pool3 MaxPool2d 2x2 /2 64x8x8 8 36 3.5 0 0" in lines
    assert any(line.startswith("upscore8 ConvTranspose2d 16x16 /8, groups 21 21x64x64") for line in lines)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size > (100, 100)


def test_describe_shows_what_train_trains(capsys):
    assert main(["describe", "unet", "--backbone", "small", "--size", "32"]) == 0
    parameters = [line for line in capsys.readouterr().out.splitlines() if " parameters, " in line]
    expected = sum(p.size for p in build("unet", 21, backbone="small").parameters())
    assert parameters[0].startswith(f"{expected:,} parameters, ")


@pytest.mark.parametrize("options, told", [
    (["fcn8s"], "crops, in the order of the net: 5, 9, 31"),
    (["fcn32s", "--backbone", "alexnet"], "crops, in the order of the net: 18"),
    (["vgg16"], "64x422x422"),
])
def test_describe_shows_the_papers_geometry(options, told, capsys):
    assert main(["describe", *options, "--geometry", "caffe"]) == 0
    assert told in capsys.readouterr().out


def test_describe_shows_the_papers_unet(capsys):
    assert main(["describe", "unet", "--geometry", "valid", "--size", "572"]) == 0
    assert "  21x388x388  " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["vgg16", "resnet50-caffe", "googlenet", "deeplab-aspp", "deeplab-v3", "pspnet", "fcn8s"])
def test_the_table_of_layers_fits_115_columns(name, capsys):
    assert main(["describe", name]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 115


def test_describe_draws_the_stages_of_a_classifier(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(networks, "receptive_fields", lambda fields, *others: drawn.extend(fields))
    monkeypatch.setattr(networks, "save", lambda figure, path: None)
    assert main(["describe", "vgg16-classifier", "--plot", str(tmp_path / "a.png")]) == 0
    assert drawn == ["pool1", "pool2", "pool3", "pool4", "pool5"]


@pytest.mark.parametrize("options, told", [
    (["vgg16-classifier", "--geometry", "caffe"], "geometry 'caffe' for vgg16-classifier, which is as it was published"),
    (["deeplab-v3", "--geometry", "caffe"], "deeplab-v3 has only 'aligned'"),
    (["unet", "--geometry", "caffe"], "geometry is 'caffe', expected 'aligned' or 'valid'"),
    (["vgg16", "--geometry", "valid"], "geometry is 'valid', expected one of aligned, caffe"),
    (["unet", "--geometry", "valid"], "a side of 224 pixels is odd before one of 4 poolings"),
    (["lenet"], "the network is 'lenet'; did you mean alexnet?"),
    (["unet", "--backbone", "vgg16"], "found backbone 'vgg16' for unet, which has none; leave it out"),
    (["vgg16", "--backbone", "small"], "found backbone 'small' for vgg16, which has none; leave it out"),
    (["vgg11-classifier", "--size", "96"], "expected 7 x 7; resize the image"),
])
def test_describe_tells_what_is_wrong(options, told, capsys):
    assert main(["describe", *options]) == 1
    assert told in capsys.readouterr().err


# gradcheck, help, entry points ----------------------------------------------------------------------------------------


def test_gradcheck_prints_a_table_and_ends_well(capsys):
    assert main(["gradcheck", "--only", "relu"]) == 0
    out = capsys.readouterr().out
    assert "relu" in out and "right" in out and "WRONG" not in out and "max_pool" not in out


def test_gradcheck_leaves_the_number_of_threads_alone():
    before = numba.get_num_threads()
    main(["gradcheck", "--only", "relu"])
    assert numba.get_num_threads() == before


def test_gradcheck_draws_the_error_against_the_step(tmp_path, capsys):
    assert main(["gradcheck", "--only", "sigmoid", "--plot", str(tmp_path / "steps.png")]) == 0
    with Image.open(tmp_path / "steps.png") as image:
        assert image.size > (100, 100)


def test_help_names_every_option_of_a_run(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    out = capsys.readouterr().out
    found_out = {"source", "facts"}  # from the file of weights, from the data
    assert all(f"--{name.replace('_', '-')}" in out for name in Options.__dataclass_fields__.keys() - found_out)


def test_help_is_quick_to_import_nothing_that_computes():
    code = "import sys, minifcn.__main__ as cli\ntry: cli.main(sys.argv[1:])\nexcept SystemExit: print(*sys.modules)"
    heavy = {"numba", "scipy", "matplotlib", "IPython"}
    for words, avoided in [
        (["--help"], heavy | {"numpy", "PIL", "minifcn.models", "minifcn.data", "minifcn.train"}),
        (["check", "--help"], heavy | {"numpy", "PIL", "minifcn.models"}),
        (["train", "--help"], heavy),
        (["predict", "--help"], heavy),
    ]:
        loaded = run([sys.executable, "-c", code, *words]).stdout.splitlines()[-1].split()
        assert not avoided & set(loaded), words


def test_a_command_ends_without_a_last_search_for_garbage():
    code = "import atexit, gc\natexit.register(lambda: print(gc.get_freeze_count() > 0))\nimport minifcn.__main__"
    assert run([sys.executable, "-c", code]).stdout == "True\n"


def ended(*words):
    """The exit code with which the parser ends the program."""
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


def test_help_lists_the_commands_in_groups(capsys):
    assert ended("--help") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 79 and all(f"{group}:" in lines for group in COMMANDS)
    assert [line.split()[0] for line in lines if re.match(r"  \w", line)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_help_ends_in_an_example_that_parses_and_names_each_thing_the_same(name, capsys):
    assert ended(name, "--help") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 79
    assert not set(re.findall(r"--[\w-]+ ([A-Z]+)", out)) - {"FILE", "FOLDER", "N", "NAME", "NAMES", "SECONDS", "RATE", "FACTOR", "P"}
    example = re.search(r"^examples?: (minifcn [^,]*)", out, re.MULTILINE)
    if name != "completion":
        parser(name).parse_args(shlex.split(example[1])[1:])
    assert ended("help", name) == 0 and capsys.readouterr().out == out


def parsers(root):
    """A parser and those of its commands, and of their parts."""
    yield root
    for action in root._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from itertools.chain(*map(parsers, action.choices.values()))


def test_help_shows_the_defaults_of_all_options_and_no_empty_ones():
    for each in parsers(parser()):
        out = " ".join(each.format_help().split())
        assert "default: []" not in out, each.prog
        for action in each._actions:
            if action.default not in (None, "", False, argparse.SUPPRESS, []):
                assert f"default: {action.default}" in out, f"{each.prog} {action.dest}"


def test_version_and_no_command(capsys):
    assert ended("--version") == 0 and capsys.readouterr().out == f"minifcn {minifcn.__version__}\n"
    assert ended() == 2 and capsys.readouterr().err.startswith("usage: minifcn [-h] [--version] COMMAND ...\n")


@pytest.mark.parametrize("line, told", [
    ("trian", "'trian'; did you mean train?"),
    ("help chek", "'chek'; did you mean check?"),
    ("--verson", "--verson; did you mean --version?"),
    ("train --epocs 3", "--epocs 3; did you mean --epochs?"),
    ("train --model fnc8s", "--model: invalid choice: 'fnc8s'; did you mean fcn8s?"),
    ("train --backbone vgg-16", "--backbone: invalid choice: 'vgg-16'; did you mean vgg16?"),
    ("train --backbone lorem", "--backbone: invalid choice: 'lorem'; see `minifcn train --help`"),
    ("train --device gpu", "--device: invalid choice: 'gpu', expected one of cpu, cuda"),
    ("compare --models fcn9s", "'fcn9s'; did you mean fcn8s?"),
    ("describe deeplab-v2", "'deeplab-v2'; did you mean deeplab-v3?"),
    ("check im2col", "no lesson im2col; did you mean 06_im2col?"),
    ("check 06.im2cool", "no exercise 06.im2cool; did you mean 06.im2col?"),
])  # fmt: skip
def test_a_mistyped_word_gets_a_suggestion_in_at_most_two_lines(line, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        assert main(line.split()) == 1
    except SystemExit as end:
        assert end.code == 2
    err = capsys.readouterr().err
    assert told in err and len(err) <= 160 and err.count("\n") == 1


@pytest.mark.parametrize("command, printed", [
    ("warm-up", ""),
    ("gradcheck --only relu", None),
    ("predict {images} --checkpoint {trained} --out {out}", "predicted 3 images; written to {out}\n"),
    ("train --model pixelwise --data shapes --size 32 --samples 8 --batch 4 --epochs 1 --out {out}",
     "saved {out}/checkpoint.npz\n"),
])  # fmt: skip
def test_quiet_shows_no_bar_on_a_terminal(command, printed, predicted, trained, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for options, count in ([], 1), (["--quiet"], 0):
        places = {"images": predicted[0], "trained": trained, "out": tmp_path / str(count)}
        assert main([*command.format(**places).split(), *options]) == 0
        out, err = capsys.readouterr()
        assert ("\r" in err) == count, err
    assert err == "" and (printed is None or out == printed.format(**places))


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_for_the_shell_completes(capsys):
    assert main(["completion"]) == 0
    done = capsys.readouterr().out
    for words, expected in [
        (["gra"], "gradcheck grade"),
        (["train", "--ba"], "--backbone --backbone-rate --batch --batch-norm"), (["train", "--device", "c"], "cpu cuda"),
        (["help", "les"], "lessons"), (["lessons", ""], "build start"), (["study", "wei"], "weighting"),
        (["predict", ""], ""), (["train", "--out", "r"], ""),
    ]:  # fmt: skip
        typed = " ".join(map(shlex.quote, ["minifcn", *words]))
        lines = [done, f"COMP_WORDS=({typed})", f"COMP_CWORD={len(words)}", "_minifcn", 'echo "${COMPREPLY[*]}"']
        assert sorted(run(["bash", "-c", "\n".join(lines)]).stdout.split()) == sorted(expected.split())


def run(command):
    environment = os.environ | {"PYTHONPATH": str(Path(minifcn.__file__).parent.parent)}
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True)


def test_both_entry_points_are_the_same_program():
    script = Path(sys.executable).parent / ("minifcn.exe" if os.name == "nt" else "minifcn")
    if not script.exists():
        pytest.skip("minifcn is not installed in this environment: pip install -e .")
    module = run([sys.executable, "-m", "minifcn", "train", "--help"])
    assert run([str(script), "train", "--help"]).stdout == module.stdout


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX pipes")
def test_a_closed_pipe_ends_a_command_in_silence_with_the_status_of_a_broken_pipe():
    read, write = os.pipe()
    os.close(read)                                                 # as `| head` does when it has seen enough
    with open(write, "w") as pipe:
        assert printing_to(pipe, "--help") == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_reported_in_a_line():
    with open("/dev/full", "w") as full:
        assert printing_to(full, "--help") == (1, "minifcn: [Errno 28] No space left on device\n")


def printing_to(file, *command):
    """(exit status, standard error) of the program whose standard output, with Python's usual buffer, is this file."""
    environment = os.environ | {"PYTHONPATH": str(Path(minifcn.__file__).parent.parent), "PYTHONUNBUFFERED": ""}
    program = [sys.executable, "-m", "minifcn", *command]
    process = subprocess.run(program, check=False, env=environment, stdout=file, stderr=subprocess.PIPE, text=True)
    return process.returncode, process.stderr


def test_a_net_interrupted_in_the_demo_ends_with_130(tmp_path, monkeypatch, capsys):
    from minifcn.runs import demo
    from minifcn.train import TrainingStopped

    def stopped(*arguments, **options):
        raise TrainingStopped("stopped in epoch 2 after step 3")

    monkeypatch.setattr(demo, "run_demo", stopped)
    assert main(["demo", "--out", str(tmp_path)]) == 130
    told = "minifcn: stopped in epoch 2 after step 3; start the demo again to finish it\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("error, code, told", [
    (KeyboardInterrupt(), 130, "minifcn: interrupted\n"),
    (MemoryError(), 1, "minifcn: MemoryError\n"),
    (BrokenPipeError(32, "Broken pipe"), 141, ""),
])  # fmt: skip
def test_what_interrupts_a_command_is_reported_in_a_line_but_a_closed_pipe(error, code, told, monkeypatch, capsys):
    def fails(progress):
        raise error

    monkeypatch.setattr("minifcn.kernels.cpu.warm_up.warm_up", fails)
    assert main(["warm-up"]) == code
    assert capsys.readouterr().err == told
