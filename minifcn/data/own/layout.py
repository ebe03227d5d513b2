"""find_layout: where a folder that nobody has described keeps its images, its masks and its splits.

It knows the usual names of folders and endings, and takes those that pair the most files. Read masks.py next.
"""

import os
import re
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from ...files import folded, printable
from .description import SplitRule
from .pairs import files_below, find_pairs, folders_in, name_without, places_of

# In the order of preference, in lower case.
IMAGES = ("jpegimages", "images", "image", "imgs", "img", "photos", "input_images", "inputs", "input", "frames", "rgb", "x")
MASKS = ("segmentationclass", "segmentationclasspng", "1st_manual", "masks", "mask", "masks_machine", "labels", "label", "annotations",
         "annotation", "annots", "annot", "ann", "segmentations", "segmentation", "seg", "groundtruth", "ground_truth", "gt",
         "targets", "target", "y")  # fmt: skip
PARTS = {"train": ("train", "training"), "validation": ("val", "validation", "valid", "dev"), "test": ("test", "testing")}
BESIDE = ("annot", "_annot", "_annotations", "_labels", "_label", "_masks", "_mask", "_gt", "labels", "masks")
IMAGE_ENDINGS = ("_image", "_img", "_sat", "_rgb", "-image", "_leftImg8bit")
MASK_ENDINGS = ("_mask", "_masks", "-mask", "_label", "_labels", "_L", "_gt", "_seg", "_segmentation", "_annotation", "_anno",
                "_manual1", "_labelIds", "_matte", "_target", ".mask")  # fmt: skip
IMAGE_STARTS = ("", "image_", "image-", "image", "img_", "img-", "img", "im_", "photo_", "frame_", "rgb_", "sat_", "input_", "x_")
MASK_STARTS = ("mask_", "mask-", "mask", "label_", "label-", "label", "lbl_", "lbl-", "lbl", "seg_", "gt_", "annotation_", "ann_",
               "target_", "y_", "")  # fmt: skip
PHOTOS, PAINTED = (".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".ppm"), (".png", ".gif", ".npy", ".pgm", ".bmp")
LISTS = ("ImageSets/Segmentation", "ImageSets", "splits", "lists", ".")


@dataclass
class Layout:
    """Where things are, as attributes of a Description: Description(classes, **vars(layout))."""

    images: str
    masks: str
    image_start: str = ""
    mask_start: str = ""
    image_ending: str = ""
    mask_ending: str = ""
    split: SplitRule = field(default_factory=SplitRule)


def find_layout(root):
    """The Layout of a folder; ValueError, with what was looked for, if it has none, or if two fit equally well."""
    root = Path(root)
    if not root.is_dir():
        raise ValueError(f"{printable(root)} is not a folder; name the folder with the images and masks")
    place, layout = Path(), _layout_of(root)
    while layout is None and len(place.parts) < 4 and (inner := _only_folder(root / place)):  # as archives have it: data.zip holds data/
        place /= inner
        layout = _layout_of(root / place)
    if layout is None:
        if inner := next((each for each in _below(root, 3) if _pairs_files(each)), None):
            raise ValueError(f"{printable(root)}: found no images with masks for the whole folder, but some in"
                             f" {printable(inner)}; name that folder, or put the images into images/ and the masks into"
                             " masks/, with the same subfolders")  # fmt: skip
        raise ValueError(
            f"{printable(root)}: found no images with masks; looked for the folders images/ and masks/ (also in train/, val/ and"
            " test/), JPEGImages/ and SegmentationClass/, train/ and trainannot/, or masks beside images such as a.jpg and"
            " a_mask.png; name the folders in a dataset.toml"
        )
    layout.images, layout.masks = ((place / folder).as_posix() for folder in (layout.images, layout.masks))
    if not layout.split.named():
        layout.split = _lists(root, place) or layout.split
    return layout


def _layout_of(root):
    """The Layout of this folder itself, or None. Folders whose names only contain the usual words have to pair files."""
    for find, pick in ((_folders_of_parts, _pick), (_two_folders, _pick), (_parts_beside, None), (_parts_at_the_end, None),
                       (_folders_of_parts, _pick_by_word), (_two_folders, _pick_by_word), (_in_each_folder, _pick_by_word),
                       (_side_by_side, None)):  # fmt: skip
        layout = find(root, pick) if pick else find(root)
        pairs = find_pairs(root, layout).pairs if layout else []
        if layout and (pairs or pick is not _pick_by_word):
            layout.split = _with_masks(layout, pairs)
            return layout
    return None


def _with_masks(layout, pairs):
    """The SplitRule of a Layout without the parts in which no image has a mask, as the test/ of a competition."""
    if "{split}" in layout.images or not pairs:
        return layout.split
    tops = {pair.name.partition("/")[0] for pair in pairs}
    parts = {part: folder for part, folder in layout.split.folders().items() if folder in tops}
    return SplitRule(**parts) if "train" in parts else SplitRule()


# Six kinds of layouts -------------------------------------------------------------------------------------------------


def _folders_of_parts(root, pick):
    """train/images and train/masks, val/images ..."""
    parts = _parts(_folders(root))
    both = {part: (pick(root / folder, IMAGES), pick(root / folder, MASKS)) for part, folder in parts.items()}
    places = both.get("train", (None, None))
    if None in places:
        return None
    images, masks = (f"{{split}}/{place}" for place in places)
    return _with_endings(root, images, masks, {part: parts[part] for part, each in both.items() if each == places})


def _two_folders(root, pick):
    """images/ and masks/, perhaps each with train/, val/ and test/."""
    images, masks = pick(root, IMAGES), pick(root, MASKS)
    if not images or not masks:
        return None
    there = _folders(root / masks).values()
    parts = {part: folder for part, folder in _parts(_folders(root / images)).items() if folder in there}
    return _with_endings(root, images, masks, parts if "train" in parts else {})


def _in_each_folder(root, pick):
    """cat/images and cat/masks, dog/images and dog/masks; or, as in LoveDA, Train/Urban/images_png and so on."""
    parts = _parts(_folders(root))
    top = root / parts.get("train", "")
    inner = [tuple(_pick(top / name, words) or pick(top / name, words) for words in (IMAGES, MASKS)) for name in folders_in(top)]
    inner = [both for both in inner if both != (None, None)]
    if len(inner) < 2 or len(set(inner)) > 1 or None in inner[0]:
        return None
    images, masks = (f"{'{split}/' * ('train' in parts)}*/{place}" for place in inner[0])
    parts = {part: folder for part, folder in parts.items() if places_of(root, images, masks, folder)}
    return _with_endings(root, images, masks, parts if "train" in parts else {})


def _parts_beside(root):
    """train/ and trainannot/, or train_images/ and train_masks/."""
    folders = _folders(root)
    for images, masks in product(("", "_images", "_image", "_imgs"), BESIDE):
        both = {
            part: folders[name + images][: len(name)]
            for part, names in PARTS.items()
            for name in reversed(names)
            if name + images in folders and name + masks in folders
        }
        if train := both.get("train"):
            places = ("{split}" + folders[train.lower() + ending][len(train) :] for ending in (images, masks))
            return _with_endings(root, *places, both)
    return None


def _parts_at_the_end(root):
    """nnU-Net's imagesTr/ and labelsTr/, and perhaps imagesTs/ and labelsTs/."""
    there = {part for part in ("Tr", "Ts") if all((root / f"{name}{part}").is_dir() for name in ("images", "labels"))}
    parts = {part: folder for part, folder in (("train", "Tr"), ("test", "Ts")) if folder in there}
    return _with_endings(root, "images{split}", "labels{split}", parts) if "train" in parts else None


def _side_by_side(root):
    """a.jpg with a_mask.png, or with a.png, or image_1.jpg with mask_1.png, in any folders."""
    paths = [path.relative_to(root) for path in files_below(root, [])]
    choices = list(product(("", *IMAGE_ENDINGS), MASK_ENDINGS)) + [(a, b) for a, b in product(PHOTOS, PAINTED) if a != b]
    affixes = _best_affixes(root, paths, paths, choices)
    if not affixes:
        return None
    parts = _parts(_folders(root))
    return Layout(".", ".", **affixes, split=SplitRule(**parts) if "train" in parts else SplitRule())


# Their parts ----------------------------------------------------------------------------------------------------------


def _with_endings(root, images, masks, parts):
    """The Layout of two folders, once the endings, or else the starts, are found that pair most of their files."""
    paths = [[], []]
    for part in parts.values() if "{split}" in images else [""]:
        for *places, prefix in places_of(root, images, masks, part):
            for number, place in enumerate(places):
                folder = root / place
                paths[number] += [prefix / path.relative_to(folder) for path in files_below(folder, [])]
    often = ("", _common_ending(paths[0]), *IMAGE_ENDINGS, *["_{split}"] * ("{split}" in images))
    choices = product(often, ("", _common_ending(paths[1]), *MASK_ENDINGS))
    return Layout(images, masks, **_best_affixes(root, *paths, list(dict.fromkeys(choices))), split=SplitRule(**parts))


def _best_affixes(root, images, masks, endings):
    """The keys of a Layout with the pair of `endings`, or else of starts, that pairs the most names; {} if none pairs any."""
    for kind, choices in (("ending", endings), ("start", [both for both in product(IMAGE_STARTS, MASK_STARTS) if any(both)])):
        if best := _best(root, images, masks, choices, kind):
            return {f"image_{kind}": best[0], f"mask_{kind}": best[1]}
    return {}


def _best(root, images, masks, choices, kind):
    """The pair of endings or starts (the `kind`), of `choices`, that pairs the most names; the first of several, or None.

    ValueError if another one of masks pairs as many with the same images: nobody but the user knows which are meant.
    """
    names = {each: _names(images, kind, each) for each in {image for image, _ in choices}}
    masked = {each: _names(masks, kind, each) for each in {mask for _, mask in choices}}
    score = {choice: len(names[choice[0]] & masked[choice[1]]) for choice in choices}
    best = max(choices, key=score.get)
    rivals = [choice for choice in choices if choice[0] == best[0] and score[choice] == score[best] > 0]
    if len(rivals) > 1:
        listed = " and ".join(f'"{mask}"' for _, mask in rivals)
        raise ValueError(
            f"{printable(root)}: the {kind}s {listed} fit equally many masks; say which it is in a dataset.toml, as in"
            f' mask_{kind} = "{rivals[0][1]}"'
        )
    return best if score[best] else None


def _names(paths, kind, text):
    """The names of pairs to which files with this ending or start (the `kind`) may belong."""
    names = (name_without(path, **{kind: text.replace("{split}", path.parts[0])}) for path in paths)
    return {folded(name) for name in names if name}


def _common_ending(paths):
    """What all stems end with, from a separator on: "_segmentation"; "" if that is nothing."""
    backwards = os.path.commonprefix([path.stem[::-1] for path in paths])
    common = backwards[::-1]
    starts = [place for place, letter in enumerate(common) if letter in "_- "]
    return common[starts[0] :] if starts and len(paths) > 1 else ""


def _folders(folder):
    """{name in lower case: name} of the subfolders of a folder."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name.lower(): entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    except OSError:
        return {}


def _below(folder, depth):
    """The folders below a folder, as far down as `depth`; the first few of each, since this is only for advice."""
    for name in sorted(_folders(folder).values())[:4] if depth else ():
        yield folder / name
        yield from _below(folder / name, depth - 1)


def _pairs_files(folder):
    """Whether a folder has a layout in which images have masks."""
    try:
        layout = _layout_of(folder)
    except ValueError:
        return False
    return layout is not None and bool(find_pairs(folder, layout).pairs)


def named_parts(folder):
    """{part: its subfolder} of a folder with train/, val/, ..."""
    return _parts(_folders(folder))


def _parts(folders):
    """{part: folder} of those folders that are named like parts of a split."""
    found = {part: [folders[name] for name in names if name in folders] for part, names in PARTS.items()}
    return {part: names[0] for part, names in found.items() if names}


def _pick(folder, names):
    """The subfolder with the first of these names that holds files; None if there is none."""
    folders = _folders(folder)
    there = (_with_only_folder(folder, folders[name]) for name in names if name in folders)
    return next((name for name in there if files_below(folder / name, [])), None)


def _with_only_folder(folder, name):
    """A subfolder, or what it holds if that is one folder and no part of a split, as the trimaps/ in annotations/."""
    inner = _only_folder(folder / name)
    direct = inner and any(path.parent == folder / name for path in files_below(folder / name, []))
    return f"{name}/{inner}" if inner and not direct and not _parts({inner.lower(): inner}) else name


def _pick_by_word(folder, names):
    """The only subfolder with files whose name has one of these as a word, and none of those for the other kind."""
    wanted, others = (set(kind) - {"x", "y"} for kind in (names, MASKS if names is IMAGES else IMAGES))
    found = []
    for lower, name in _folders(folder).items():
        words = set(re.split(r"[^a-z0-9]+", lower))
        if words & wanted and not words & others and files_below(folder / name, []):
            found.append(name)
    return found[0] if len(found) == 1 else None


def _only_folder(folder):
    """The subfolder that holds all files that may be images; None if several do. __MACOSX holds macOS's notes on them."""
    found = [name for lower, name in _folders(folder).items()
             if lower != "__macosx" and lower[0] != "." and files_below(folder / name, [])]  # fmt: skip
    return found[0] if len(found) == 1 else None


def _lists(root, place):
    """The SplitRule of lists such as train.txt and val.txt in a folder below root; None if there are none."""
    for folder in ((place / folder).as_posix() for folder in LISTS):
        found = {}
        for part, names in PARTS.items():
            lists = [f"{folder}/{name}.txt" if folder != "." else f"{name}.txt" for name in names]
            if there := [each for each in lists if (root / each).is_file()]:
                found[part] = there[0]
        if "train" in found:
            return SplitRule(**found)
    return None
