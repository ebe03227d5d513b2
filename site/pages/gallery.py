"""The gallery: every picture of the documents, what it shows, the command that draws it, and where it is discussed.

A study's command stands in its section of docs/studies.md; those of the other pictures are listed here. Read
documents.py next.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .links import slug

FOLDERS = "docs", "docs/studies", "benchmarks/results"
COMPARED = "fcn8s,hypercolumn,deeplab-v3,pspnet,unet,attention-unet"
COMMANDS = {
    "docs/panel.png": "make demo",
    "docs/map.png": "make demo",
    "docs/compare.png": f"minifcn compare --models {COMPARED} --budget 60s",
    "docs/receptive-fields.png": "minifcn describe fcn8s --geometry caffe --size 500 --plot receptive-fields.png",
    "docs/espresso.png": "minifcn classify coffee.png --heatmap --top 3",
    "docs/edges.png": "minifcn edges coffee.png",
    "docs/studies/hha.png": "minifcn study rgbd",
    "benchmarks/results/checkerboard.png": "python benchmarks/checkerboard.py",
    "benchmarks/results/bench-ratios.png": "python -m minifcn.bench.pictures",
    "benchmarks/results/bench-scaling.png": "python -m minifcn.bench.pictures",
}
SHOWS = {
    "docs/panel.png": "Satellite images, their true land cover, and the predictions of FCN-32s, FCN-16s and FCN-8s",
    "docs/map.png": "A map of the Earth: true land cover, and FCN-8s's on the bands that it was not trained on",
}
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
SECTION = re.compile(r"^#+ (.+)$", re.MULTILINE)
WIDTH = 1000  # of the pictures in the gallery, in pixels; a click shows them whole


@dataclass(frozen=True)
class Picture:
    """One picture: its path in the repository, its alternative text, its command, the document and section about it."""

    path: str
    shows: str
    command: str
    document: str
    section: str


def pictures(root):
    """All pictures of the documents. ValueError for one without a command or a description."""
    root, found = Path(root), discussed(Path(root))
    for file in [file for folder in FOLDERS for file in sorted((root / folder).glob("*.png"))]:
        path = file.relative_to(root).as_posix()
        shows, document, section, command = found.get(path, ("", "docs/landcover.md", "", ""))
        picture = Picture(path, SHOWS.get(path, shows), COMMANDS.get(path, command), document, section)
        if not picture.shows or not picture.command:
            missing = "command" if picture.shows else "description"
            raise ValueError(f"{path} has no {missing}; add it to site/pages/gallery.py")
        yield picture


def discussed(root):
    """{path: (alternative text, document, section, the study's command or "")} of the pictures that documents show."""
    found = {}
    for document in sorted((root / "docs").glob("*.md")):
        parts = SECTION.split(document.read_text(encoding="utf-8"))
        for section, text in zip(parts[1::2], parts[2::2]):
            command = re.search(r"^(minifcn study .+)$", text, re.MULTILINE)
            for shows, target in PICTURE.findall(text):
                path = (document.parent / target).resolve().relative_to(root.resolve()).as_posix()
                name = document.relative_to(root).as_posix()
                found.setdefault(path, (" ".join(shows.split()), name, section, command.group(1) if command else ""))
    return found


def write(root, target, links):
    """Write gallery.md and its pictures into `target`."""
    parts = ["# Gallery\n\nEvery picture of these pages, with the command that draws it. A click shows all of it."]
    for picture in pictures(root):
        small = "pictures/gallery/" + picture.path.replace("/", "-").removesuffix(".png") + ".webp"
        shrink(Path(root) / picture.path, Path(target) / small)
        links.files.add(picture.path)
        parts.append(entry(picture, small, links.pages.get(picture.document)))
    (Path(target) / "gallery.md").write_text("\n\n---\n\n".join(parts) + "\n", encoding="utf-8")


def entry(picture, small, page):
    """The markdown of a picture; small: its file; page: the page that discusses it, or None."""
    options = f":alt: {picture.shows}\n:target: files/{picture.path}\n:loading: lazy"
    anchor = f"#{slug(picture.section)}" if picture.section else ""
    about = f"About it: [{picture.section or 'land cover'}]({page}.md{anchor})" if page else ""
    return f"```{{figure}} {small}\n{options}\n\n{picture.shows}\n```\n\n```bash\n{picture.command}\n```\n\n{about}"


def shrink(source, target):
    """Write a picture no wider than WIDTH."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        picture = picture.convert("RGB")
        picture.thumbnail((WIDTH, 4 * WIDTH))
        picture.save(target, quality=88)
