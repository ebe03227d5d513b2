"""The options of `minifcn data`, and its two parts, `check` and `convert`. Read using.py next."""

from ..parsing import at_least
from .shared import quiet_option


def data(command):
    command.epilog = "examples: minifcn data check photos, minifcn data convert annotated --out photos"
    parts = command.add_subparsers(metavar="{check,convert}", required=True)
    check_data(parts)
    convert_data(parts)


def check_data(parts):
    text = "look at a folder of images and masks, say what it holds, and propose or check its dataset.toml"
    check = parts.add_parser("check", help=text, description=text, epilog="example: minifcn data check photos --write")
    add = check.add_argument
    add("path", metavar="PATH", help="folder with images and masks, or its dataset.toml")
    add("--out", default="runs/data-check", metavar="FOLDER", help="folder for sheet.png and the proposed dataset.toml")
    add("--write", action="store_true", help="write dataset.toml into PATH, unless there is one")
    quiet_option(add)
    check.set_defaults(part=check_data_folder)


def check_data_folder(options):
    from ..survey.command import check_data

    return check_data(options.path, options.out, options.write, options.quiet)


def convert_data(parts):
    from ..data.convert import OTHERS, READERS

    text = "turn annotations of other tools into a folder of images and masks with its dataset.toml"
    example = "example: minifcn data convert annotated --out photos --classes cat,dog"
    convert = parts.add_parser("convert", help=text, description=text, epilog=example)
    add = convert.add_argument
    add("source", metavar="SOURCE", help="folder, or file of annotations")
    add("--from", dest="kind", choices=READERS, metavar="KIND",
        help=f"what it holds, one of {', '.join(READERS)} (default: detected where that is certain)")
    add("--out", required=True, metavar="FOLDER", help="new folder for images/, masks/ and dataset.toml")
    add("--classes", metavar="NAMES",
        help="the classes in the order of their labels, separated by commas, or a file with one on each line, which may"
        " begin with its number (default: as named in the annotations)")
    add("--others", choices=OTHERS, default="error", help="what to do with annotations of other classes")
    add("--images", metavar="FOLDER", help="where the images are, if not with the annotations")
    add("--masks", metavar="FOLDER", help="where the masks are, if not in the usual folders")
    add("--image-ending", default="", metavar="TEXT", help="how the names of images end, as in _image")
    add("--mask-ending", default="", metavar="TEXT", help="how the names of masks end, as in _mask")
    add("--colours", metavar="FILE", help="for coloured masks: a table with lines such as: road 128 64 128")
    add("--crowd", action="store_true", help="for COCO: give crowds the class of their objects, rather than ignore them")
    add("--first", type=at_least(0), metavar="N", help="for maps of numbers: the number of the first class")
    quiet_option(add)
    convert.set_defaults(part=convert_data_set)


def convert_data_set(options):
    from ..data.convert import Wishes, convert

    wishes = Wishes(**{name: getattr(options, name) for name in Wishes.__dataclass_fields__ if hasattr(options, name)})
    print(*convert(options.source, options.out, wishes, options.kind, options.quiet), sep="\n")
    return 0
