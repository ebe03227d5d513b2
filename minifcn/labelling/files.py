"""`predict_files`: the label maps of files and folders of images, each page of a TIFF included.

An image goes through the net by tiles, and from each row of tiles to its files: an image larger than the memory is
never there as a whole. Read ../classify.py next.
"""

import collections
import contextlib
import json
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..crf import dense_crf
from ..data.folders import CLASSES, PREDICT, find_images, is_class_list, names_of_inputs, output_names
from ..data.images import MAX_PIXELS, count_frames
from ..data.own.folder import masks_of
from ..data.rasters import require_depth, scale_raster, to_display
from ..data.tiff_pages import TiffPage, tiff_pages
from ..data.transforms import normalize
from ..data.windows import open_windows
from ..distributed import get_world_size
from ..extras import INSTALL, MissingPackage, installed
from ..files import atomic_write, make_folder
from ..models.clockwork import clockwork as with_clock
from ..parallel import compile_on_each_machine
from ..predict import choose_tiling, class_scores, likeliest, predict_bands
from ..worklist import Lost, share
from .geotiff import place_tags, write_geotiff
from .outcome import Outcome, count_noun
from .outputs import class_list, outputs_of

TIFF = (".tif", ".tiff")
GEOTIFF = "_label.tif"
LIKE_TRAINING = "convert it to as many bits as the images have on which the network was trained"
CRF_PIXELS = 2**22                                         # of an image; the CRF takes up to 1 kB for each


def predict_files(
    model, paths, out_folder, facts, tile=None, margin=None, max_pixels=MAX_PIXELS, probabilities=None, crf=None,
    clockwork=None, quiet=False
):  # fmt: skip
    """For each image NAME write NAME_label.png (classes, in their colours) and NAME_overlay.png; return an Outcome.

    paths: files, and folders to search, see find_images; their subfolders are kept in the output, and the masks that
        a dataset.toml in one names are skipped
    facts: the DataFacts of the net's training data; classes.json lists its classes
    max_pixels: of an image that cannot be read by windows, see open_windows
    probabilities: "png" for NAME_prob_0_CLASS.png, ..., of 16 bits; "npy" for NAME_probabilities.npy, see outputs.py
    crf: the Kernels of a CRF that moves the outlines to those of the image (crf/), None for none. The image has to be in
        memory as a whole: one of more than CRF_PIXELS is noted as a failure
    clockwork: each folder is a video, whose frames are in the order of their names, and the net's deep stages are computed for
        every so many of them (models/clockwork.py); a frame that does not fit into a tile is noted as a failure
    quiet: show no progress bars
    Page 2 of a TIFF of several pages is called NAME_page2. A GeoTIFF also gets NAME_label.tif.
    An image that cannot be read, or not without a package that is missing, is noted in the Outcome, and the others are
    still processed. Existing files are replaced, but never an input image: if NAME_label.png is one, the outputs get
    another name. The Outcome notes what was skipped, files of which only the first frame was read, and how many files
    were replaced.
    Raises ValueError for a path that does not exist, a folder without images, or an impossible tile; FileError for an
    output that cannot be written.
    On several ranks, each takes the next image when it is done with one; rank 0 returns the Outcome of all, the others
    that of their own.
    """
    found = find_images(paths, masks_of)
    if clockwork and get_world_size() > 1:
        raise ValueError("predict: --clockwork takes frames in their order; run it in a single process, without mpiexec")
    model = with_clock(model, clockwork) if clockwork else model
    job = Job(model, facts, *choose_tiling(model, tile, margin), max_pixels, probabilities, crf, clockwork, quiet)
    compile_on_each_machine(next((parameter.data for parameter in model.parameters()), np.empty(0, np.float32)), quiet)
    job.outcome.failures += found.failures
    pages = [page for path, below in found.images.items() for page in job.pages_of(path, below)]
    folder = make_folder(out_folder)
    taken = names_of_inputs(found.images, folder, [*job.outputs, GEOTIFF])
    names = output_names([page.name for page in pages], [page.below for page in pages], taken)
    work = share(list(zip(pages, names)), folder)
    for number in tqdm(iter(work.take, None), total=len(pages), desc="predict", unit="image", disable=quiet or None):
        work.finish(number, job.try_predict(*work.items[number], folder))
    for number, done in sorted(work.outcomes(), key=itemgetter(0)):
        job.count(work.items[number][0], done)
    if job.outcome.done:
        job.write_classes(folder)
    return job.finished(found.skipped)


@dataclass
class Page:
    """An image in a file. name: a path whose stem the outputs are named after; below: the folder to put them into."""

    path: Path
    below: Path
    name: Path
    page: TiffPage


@dataclass
class Job:
    """What is the same for all images, and what became of them."""

    model: object
    facts: object
    tile: int
    margin: int
    max_pixels: int
    probabilities: str | None
    crf: object
    clockwork: int | None
    quiet: bool
    outcome: Outcome = field(default_factory=Outcome)
    replaced: int = 0
    placeless: int = 0
    frames: list = field(default_factory=list)
    video: Path | None = None                              # the folder of the last frame

    def __post_init__(self):
        self.outputs = outputs_of(self.facts, self.probabilities)

    def pages_of(self, path, below):
        """The images in a file. One that cannot be read counts as one image, whose reading will say why."""
        pages = []
        if path.suffix.lower() in TIFF:
            with contextlib.suppress(OSError, ValueError):
                pages = tiff_pages(path)
        if len(pages) < 2:
            return [Page(path, below, path, pages[0] if pages else TiffPage(0))]
        names = [path.with_name(f"{path.stem}_page{k + 1}{path.suffix}") for k in range(len(pages))]
        return [Page(path, below, name, page) for name, page in zip(names, pages)]

    def try_predict(self, page, name, folder):
        """Predict an image. Returns what count() counts, as JSON can hold it."""
        try:
            return self.predict(page, folder / name)
        except (ValueError, MissingPackage) as error:
            return {"failure": str(error)}

    def count(self, page, done):
        """Add the result of an image to the outcome of all."""
        if isinstance(done, Lost):
            done = {"failure": f"rank {done.rank} died while it predicted {page.name}; predict it again"}
        if "failure" in done:
            self.outcome.failures.append(done["failure"])
            return
        self.outcome.done += 1
        self.replaced += done["replaced"]
        self.placeless += done["placeless"]
        self.frames += done["frames"]

    def predict(self, page, name):
        """Predict an image and write its outputs, all of them or none. ValueError if it cannot be read."""
        with open_windows(page.path, self.facts.channels, page.page.number, self.max_pixels) as image:

            def scores(rows, columns):
                window = image.read(rows, columns)
                require_depth(page.path, window, self.facts.value_range, LIKE_TRAINING)
                window = scale_raster(window, self.facts.value_range)
                if not np.isfinite(window).all():
                    raise ValueError(f"predict: {page.path} has values that are NaN or infinite; replace them")
                return class_scores(self.model, normalize(window, self.facts.mean, self.facts.std))

            size = image.shape[:2]
            if self.clockwork:
                self.begin_frame(page.path, size)
            if self.crf and size[0] * size[1] > CRF_PIXELS:
                raise ValueError(
                    f"predict: {page.path} has {size[1]:,} x {size[0]:,} pixels, but --crf needs all at once, and takes at"
                    f" most {CRF_PIXELS:,}; leave it out, or cut the image"
                )
            wanted = self.crf or self.probabilities is not None
            bands = predict_bands(scores, size, self.tile, self.margin, wanted, self.quiet)
            bands = refined(bands, image, self.facts.value_range, self.crf) if self.crf else bands
            tags = place_tags(page.path, page.page.number) if page.page.georeferenced and installed("tifffile") else []
            replaced = self.write(name, image, bands, tags)
        frames = 1 if page.path.suffix.lower() in TIFF else count_frames(page.path)
        return {
            "replaced": replaced,
            "placeless": page.page.georeferenced and not installed("tifffile"),
            "frames": [f"{page.path} ({frames} pages)"] if frames > 1 else [],
        }

    def begin_frame(self, path, size):
        """Before a frame of a video is predicted. ValueError if the net does not see it as a whole."""
        if max(size) > self.tile:
            raise ValueError(
                f"predict: {path} has {size[1]:,} x {size[0]:,} pixels, but --clockwork needs a frame in one tile, and tiles"
                f" are {self.tile:,} wide; raise --tile, or leave it out"
            )
        if path.parent != self.video:
            self.model.backbone.reset()
            self.video = path.parent

    def write(self, name, image, bands, tags):
        """Write the outputs of an image whose rows of labels come in bands; return how many files were replaced.

        tags: the place of a GeoTIFF; none for an image that has no place, or if tifffile is missing
        """
        size, make = image.shape[:2], dict(self.outputs)
        make_folder(name.parent)
        paths = [name.with_name(name.name + ending) for ending in (*make, *([GEOTIFF] if tags else []))]
        before = sum(path.exists() for path in paths)
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(atomic_write(path)) for path in paths]
            opened = [stack.enter_context(open(file, "wb")) for file in files[: len(make)]]
            outputs = [output(file, size, self.facts, image) for output, file in zip(make.values(), opened)]
            labels = put_into(outputs, bands)
            if tags:
                write_geotiff(files[-1], labels, size, self.facts.palette, tags)
            else:
                collections.deque(labels, maxlen=0)
            for output in outputs:
                output.finish()
        return before

    def write_classes(self, folder):
        """Write classes.json, unless a file of that name is not one of ours."""
        path = folder / CLASSES
        if path.exists() and not is_class_list(path):
            self.outcome.notes.append(f"left {path} as it is, which minifcn did not write")
            return
        with atomic_write(path) as temporary:
            content = {"software": PREDICT, "classes": class_list(self.facts)}
            Path(temporary).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def finished(self, skipped):
        """The Outcome, with its notes. skipped: as in Found."""
        notes = self.outcome.notes
        if self.frames:
            notes.append(f"only the first page of {', '.join(self.frames)}")
        if self.placeless:
            notes.append(f"without the place of {count_noun(self.placeless, 'GeoTIFF')}, which needs tifffile; run:"
                         f" {INSTALL['tiff']}")  # fmt: skip
        if skipped:
            notes.append(f"skipped {', '.join(count_noun(n, kind) for kind, n in sorted(skipped.items()))}")
        if self.replaced:
            notes.append(f"replaced {count_noun(self.replaced, 'file')}")
        return self.outcome


def refined(bands, image, value_range, kernels):
    """The bands of an image, with probabilities, as a single one after the CRF."""
    share = np.concatenate([probabilities for _, _, probabilities in bands], axis=1)
    height, width = share.shape[1:]
    picture = to_display(image.read(slice(0, height), slice(0, width)), value_range)
    share = dense_crf(np.log(np.maximum(share, np.finfo(share.dtype).tiny)), picture, kernels)
    yield slice(0, height), likeliest(share), share


def put_into(outputs, bands):
    """The label maps of the bands, one after the other, each after every output has it."""
    for rows, label, probabilities in bands:
        for output in outputs:
            output.put(rows, label, probabilities)
        yield label
