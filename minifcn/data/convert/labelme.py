"""labelme: one JSON file for each image, with the shapes that somebody drew on it.

Polygons, rectangles, circles and masks are filled, later ones over earlier ones; points and lines have no area, and
are counted. labels.txt beside the files, as labelme itself uses it, has the classes in order; without one they are
sorted by name. Read coco.py next.
"""

import base64
import binascii
import io
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from ...files import printable
from ..images import FORMATS, MAX_PIXELS
from .labels import make_labels, read_classes
from .polygons import Patch, circle, leaves, polygon, rectangle
from .reading import files_below, get, numbers, read_json, records, shown, size_of, unreadable
from .source import Item, Source, blank, check_size, short_names

FILLED = {"polygon", "rectangle", "circle", "mask", "oriented_rectangle"}
FLAT = {"point", "points", "line", "linestrip"}
OUTSIDE = "shape that reaches beyond its image, clipped"
LOST = "shape without a single pixel's centre in it"


def read_labelme(path, wishes):
    """The Source of a labelme file, or of all below a folder. ValueError, naming the file, for what cannot be read."""
    path = Path(path)
    files = [path] if path.is_file() else files_below(path, (".json",))
    folder = path.parent if path.is_file() else path
    images, found = {}, set()
    for file in files:
        content = read_json(file)
        if isinstance(content, dict) and "shapes" in content:
            found.update(get(shape, "label", str, printable(file)) for shape in records(content, "shapes", printable(file)))
            images[file] = image_of(content, file, wishes.images)
    if not images:
        raise ValueError(f"{printable(path)}: it has no shapes, so it is not of labelme; expected {{\"shapes\": [...]}}")
    names = {name: name for name in sorted(found)}
    beside = None if wishes.names else list_beside(folder)
    chosen = wishes.names if beside is None else [name for _, name in read_classes(str(beside))[0]]
    labels = make_labels(names, chosen, others=wishes.others, background=True, where=printable(path))
    source = Source("labelme", labels, [])
    if beside is not None:
        source.remarks.append(f"the classes are those of {beside}")
    source.notes["other JSON file, skipped"] = len(files) - len(images)
    names = short_names([file.relative_to(folder).with_suffix("") for file in images])
    for name, (file, image) in zip(names, images.items()):
        source.items.append(Item(name, image, partial(label_map, file, image, source), printable(file)))
    return source


def list_beside(folder):
    """The path of labels.txt in a folder or in the one above; None if there is none."""
    places = (folder / "labels.txt", folder.resolve().parent / "labels.txt")
    return next((place for place in places if place.is_file()), None)


def image_of(content, file, folder):
    """The path of the image of a labelme file, or a function that takes it from the file; ValueError without either."""
    name = get(content, "imagePath", str, printable(file)).replace("\\", "/")
    places = [Path(folder), file.parent] if folder else [file.parent]
    candidates = [place / part for place in places for part in (name, name.rpartition("/")[2])]
    found = next((path for path in candidates if is_file(path)), None)
    if found is not None:
        return found
    if content.get("imageData") is None:
        raise ValueError(f"{printable(file)}: its image {shown(name)} is not there; name the folder of the images by --images")
    return partial(image_in, file)


def image_in(file):
    """The bytes of the image that a labelme file itself holds."""
    return embedded(get(read_json(file), "imageData", str, printable(file)), printable(file), "imageData")


def is_file(path):
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def embedded(text, where, name):
    """The bytes of a picture that is written as text."""
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise ValueError(f"{where}: its {name} is not base64; is the file whole?") from None


def decoded(content, where):
    """The Pillow image of the bytes of a file; ValueError, which names where they are."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content), formats=list(FORMATS))
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"it has more than {MAX_PIXELS:,} pixels")
            image.load()
            return image
    except Exception as error:  # Pillow raises many kinds
        raise unreadable(f"the image in {where}", error) from error


# Shapes ---------------------------------------------------------------------------------------------------------------


def label_map(file, image, source):
    """The label map of a labelme file, uint8 (H, W); counts in source.notes what was cut off or has no area."""
    content, name = read_json(file), printable(file)
    if not isinstance(image, Path):
        picture = decoded(image(), name)
        size = picture.height, picture.width
    else:
        given = content.get("imageHeight"), content.get("imageWidth")
        whole = all(type(side) is int for side in given)  # old files leave them out
        size = check_size(image, given if whole else size_of(image), name)
    label = blank(size)
    for number, shape in enumerate(records(content, "shapes", name), start=1):
        where = f"{name}: shape {number}"
        kind = "polygon" if shape.get("shape_type") is None else get(shape, "shape_type", str, where)
        if kind in FLAT:
            source.notes[f"{kind} without an area, left out"] += 1
            continue
        value = source.labels.of(get(shape, "label", str, where), where)
        patch = patch_of(shape, kind, size, where, source.notes)
        if not patch.inside.any():
            source.notes[LOST] += 1
        patch.paint(label, value)
    return label


def patch_of(shape, kind, size, where, notes):
    """The Patch of a shape."""
    if kind not in FILLED:
        raise ValueError(f"{where}: its shape_type is {shown(kind)}, expected one of {', '.join(sorted(FILLED | FLAT))}")
    points = get(shape, "points", list, where)
    if not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise ValueError(f"{where}: its points are {shown(points)}, expected pairs of numbers")
    points = numbers([n for point in points for n in point], where).reshape(-1, 2)
    wanted = {"circle": 2, "rectangle": 2, "mask": 2}.get(kind)
    if kind == "rectangle" and len(points) == 4:
        kind, wanted = "polygon", None
    if wanted and len(points) != wanted:
        raise ValueError(f"{where}: a {kind} of {len(points)} points, expected {wanted}; remove it")
    if kind == "circle":
        centre, rim = points
        radius = np.hypot(*(rim - centre))
        notes[OUTSIDE] += leaves(np.stack([centre - radius, centre + radius]), size)
        return circle(centre, rim, size)
    if len(points):
        notes[OUTSIDE] += leaves(points, size)
    if kind == "mask":
        return pasted(shape, points, size, where)
    return rectangle(points, size) if kind == "rectangle" else polygon(points, size, where)


def pasted(shape, corners, size, where):
    """The Patch of a shape that is a small picture itself, as labelme's AI tools draw: not 0 is inside."""
    inside = np.asarray(decoded(embedded(get(shape, "mask", str, where), where, "mask"), where).convert("L")) > 0
    left, top = np.round(corners.min(axis=0)).astype(int)
    whole = np.zeros(size, bool)
    rows, columns = max(0, -top), max(0, -left)
    part = inside[rows : max(0, size[0] - top), columns : max(0, size[1] - left)]
    whole[top + rows :, left + columns :][: part.shape[0], : part.shape[1]] = part
    return Patch(0, 0, whole)
