"""What `minifcn data check` prints: a table, the classes as bars, the problems, and the opinion. Read sheet.py next."""

import numpy as np

from ..data.own.description import FILE
from ..data.own.splits import PARTS
from ..files import printable
from .columns import bar, fitted, left, wide, wrapped
from .proposal import toml_lines

MOST_ROWS = 24  # classes or values that are listed
MOST_KINDS = 3  # sizes or modes that are listed
BAR = 36  # columns of the longest bar


def overview(scan, description, split):
    """The table: how many pairs, where, in which Split (or None), of which sizes and modes, and the images' scale."""
    parts = f"{{{','.join(description.split.folders().values())}}}"
    it = description
    where = [(place + f" ({start}*{ending})" * bool(start + ending)).replace("{split}", parts)
             for place, start, ending in ((it.images, it.image_start, it.image_ending), (it.masks, it.mask_start, it.mask_ending))]  # fmt: skip
    count = len(scan.pairs.pairs)
    rows = [("pairs", f"{count:,}: images in {where[0]}, masks in {where[1]}"),
            ("images", kinds(scan.modes)),
            ("masks", kinds(scan.mask_modes)),
            ("sizes", kinds({f"{w} x {h}": number for (h, w), number in scan.sizes.items()}))]  # fmt: skip
    if scan.cut:
        rows.append(("channels", channel_row(scan)))
    if split:
        sizes = ", ".join(f"{len(split.part(part)):,} {part}" for part in PARTS)
        rows.append(("split", sizes + f"; {split.kept}" * bool(split.kept)))
    if len(scan.dtypes) > 1 or set(scan.dtypes) - {"uint8"}:
        rows.append(("values", value_row(scan)))
    if scan.statistics:
        low, high = description.value_range
        numbers = (scan.statistics.mean - low) / (high - low), scan.statistics.deviation / (high - low)
        mean, deviation = (", ".join(f"{value:.3f}" for value in each) for each in numbers)
        rows.append(("scale", f"{low:g} to {high:g} becomes 0 to 1; mean {mean}; deviation {deviation}"))
    indent = " " * 11
    return ["  " + line.replace(indent, f"{name:<11}", 1) if k == 0 else "  " + line
            for name, text in rows for k, line in enumerate(wrapped(printable(text), indent, 96))]  # fmt: skip


def kinds(counts):
    """"JPEG RGB (12), PNG L (3)": the most frequent first; the number is left out if there is one kind."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    if len(ranked) == 1:
        return ranked[0][0]
    listed = ", ".join(f"{kind} ({number:,})" for kind, number in ranked[:MOST_KINDS])
    return f"{listed}, {len(ranked) - MOST_KINDS} more" if len(ranked) > MOST_KINDS else listed or "none"


def channel_row(scan):
    """What happens to fourth channels, and what would keep them."""
    if scan.cut == sum(scan.sizes.values()):
        return f"the fourth of each image is left out, as transparency; channels = 4 in {FILE} keeps it"
    images = f"{scan.cut:,} image{'s' * (scan.cut > 1)}"
    return f"the fourth of {images} is left out, as transparency; channels = 4 in {FILE} keeps it, but then all must have it"


def value_row(scan):
    """The dtype and the range of images that are not of 8 bits."""
    low, high = scan.statistics.percentiles(1, 99)
    return f"{kinds(scan.dtypes)} from {scan.statistics.low:g} to {scan.statistics.high:g}; 98 % from {low:g} to {high:g}"


def classes(legend, values):
    """The classes, or the values, as bars: the value in the masks, the name, the share of the pixels, the masks with it."""
    shares, ignored, other = legend.shares(values)
    codes = {}
    for code, label in legend.codes.items():
        codes.setdefault(label, []).append(code)
    rows = [(shown_codes(codes.get(k, []), legend.holds), name, float(share), masks_with(values, codes.get(k, [])))
            for k, (name, share) in enumerate(zip(legend.names, shares))]  # fmt: skip
    if len(rows) > MOST_ROWS:
        kept = set(np.argsort(-shares, kind="stable")[:MOST_ROWS].tolist())
        rest = [row for k, row in enumerate(rows) if k not in kept]
        rows = [row for k, row in enumerate(rows) if k in kept]
        rows.append(("", f"{len(rest)} more", sum(row[2] for row in rest), None))
    if 255 in codes:
        rows.append((shown_codes(codes[255], legend.holds), "ignored", ignored, masks_with(values, codes[255])))
    if other:
        rows.append(("", "other values", other, None))
    return table(rows, bare=all(name == code for code, name, *_ in rows[: len(legend.names)]))


def table(rows, bare):
    """The lines of rows (code, name, share, masks); `bare` ones have no names."""
    first = max(5, *(len(row[0]) for row in rows)) if rows else 5
    second = 0 if bare else min(26, max(5, *(wide(printable(row[1])) for row in rows)))
    longest = max((row[2] for row in rows), default=1) or 1
    room = min(BAR, 100 - first - second - 24)
    name = "" if bare else left("class", second) + "  "
    lines = [f"  {'value':>{first}}  {name}{'pixels':>8}  {'masks':>{room + 7}}"]
    for code, text, share, masks in rows:
        name = "" if bare and code else left(printable(text), second or 12) + "  "
        count = "" if masks is None else f"{masks:,}"
        line = f"  {code:>{first}}  {name}{percent(share):>8}  {left(bar(share / longest, room), room)}{count:>7}"
        lines.append(line.rstrip())
    return lines


def shown_codes(codes, holds):
    """The values of a class: "7", "7, 8", "#ff0000"."""
    texts = [f"#{code:06x}" if holds == "colours" else str(code) for code in codes]
    return ", ".join(texts) if len(texts) < 3 else f"{texts[0]}, ..."


def masks_with(values, codes):
    """The largest number of masks that hold one of these values."""
    return max((values.tallies[code].masks for code in codes if code in values.tallies), default=0)


def percent(share):
    """A share in six columns: "12.34 %", "none" for 0."""
    return "none" if share == 0 else f"{100 * share:.2f} %" if share >= 0.00005 else "<0.01 %"


def problems(found):
    """The problems, by kind."""
    lines = []
    for kind, sentences in found.sentences.items():
        lines.append(f"  {kind}: {found.counts[kind]:,}")
        lines += [line for sentence in sentences for line in wrapped(sentence, "    ")]
        if found.counts[kind] > len(sentences):
            lines.append(f"    and {found.counts[kind] - len(sentences):,} more")
    return lines


def opinion(found):
    """The opinion, and for an open question each answer with its lines of dataset.toml."""
    lines = wrapped(found.sentence)
    if found.question:
        lines += ["", *wrapped(f"The files leave a question open: {found.question}")]
        for meaning, keys in found.choices:
            lines += ["", *wrapped(f"If {meaning}:", "    "), *(fitted(f"      {line}", 98) for line in toml_lines(keys))]
    return lines
