"""Wrong answers to lesson 22 that people really write, each with the hint that they should read. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

MIDDLE = "self.top, self.left = (H - h) // 2, (W - w) // 2"
CUT = "middle = skip[:, :, self.top : self.top + h, self.left : self.left + w]"
JOIN = "return np.concatenate([middle, x], axis=1)"
ZEROS = "grad_skip = np.zeros(self.shape, grad.dtype)"
PUT = "grad_skip[:, :, self.top : self.top + h, self.left : self.left + w] = grad[:, :K]"
BACK = "return grad_skip, grad[:, K:]"
CHANNELS = "K, (h, w) = self.shape[1], grad.shape[2:]"

AROUND = "around = (0, 0), (margin, margin + below), (margin, margin + right)"
PAD = 'mirrored, seen = np.pad(image, around, mode="reflect"), tile + 2 * margin'
TILE = "net(mirrored[:, top : top + seen, left : left + seen])"
PARTS = f"parts = [{TILE} for left in range(0, W, tile)]"
BANDS = "return np.concatenate(bands, axis=1)[:, :H, :W]"
COUNTS = "rows, columns = -(-H // tile), -(-W // tile)"

INSIDE = "inside, names = cells > 0, np.unique(cells[cells > 0])"
W_C = "w_c = cells.size / 2 / np.where(inside, inside.sum(), (~inside).sum())"
SIDES = "for side in own, ~own:"
SQUARES = "squares = (u[:, None] - rows) ** 2 + (v[:, None] - columns) ** 2"
DISTANCE = "distance[side] = np.sqrt(squares.min(axis=1))"
NEAREST = "d1, d2 = np.sort(distances, axis=0)[:2]"
WEIGHT = "return w_c + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))"
FEW = "if len(names) < 2:\n        return w_c"

# ConcatCrop -----------------------------------------------------------------------------------------------------------


class EnlargesTheDecoder:
    """Pads x with zeros to the size of the skip, instead of cutting the skip."""

    def forward(self, skip, x):
        self.shape, (H, W), (h, w) = skip.shape, skip.shape[2:], x.shape[2:]
        self.top, self.left = (H - h) // 2, (W - w) // 2
        around = (self.top, H - h - self.top), (self.left, W - w - self.left)
        return np.concatenate([skip, np.pad(x, ((0, 0), (0, 0), *around))], axis=1)

    def backward(self, grad):
        K = self.shape[1]
        return grad[:, :K], grad[:, K:]


class SharedByTheClass:
    """Keeps what backward needs in the class, so that the last call wins."""

    kept = {}  # noqa: RUF012

    def forward(self, skip, x):
        (h, w), (H, W) = x.shape[2:], skip.shape[2:]
        top, left = (H - h) // 2, (W - w) // 2
        self.kept["shape"], self.kept["corner"] = skip.shape, (top, left)
        return np.concatenate([skip[:, :, top : top + h, left : left + w], x], axis=1)

    def backward(self, grad):
        shape, (top, left) = self.kept["shape"], self.kept["corner"]
        grad_skip = np.zeros(shape, grad.dtype)
        grad_skip[:, :, top : top + grad.shape[2], left : left + grad.shape[3]] = grad[:, : shape[1]]
        return grad_skip, grad[:, shape[1] :]


class ConcatCropOf:
    """The right answer, of whose parts some are to be replaced: how it joins, and how it splits."""

    def forward(self, skip, x):
        self.skip, self.shape, (H, W), (h, w) = skip, skip.shape, skip.shape[2:], x.shape[2:]
        self.rows, self.columns = self.slices(H, W, h, w)
        return self.join(skip[:, :, self.rows, self.columns], x)

    def slices(self, H, W, h, w):
        top, left = (H - h) // 2, (W - w) // 2
        return slice(top, top + h), slice(left, left + w)

    def join(self, middle, x):
        return np.concatenate([middle, x], axis=1)

    def split(self, grad):
        return grad[:, : self.shape[1]], grad[:, self.shape[1] :]

    def backward(self, grad):
        of_middle, of_x = self.split(grad)
        grad_skip = np.zeros(self.shape, grad.dtype)
        grad_skip[:, :, self.rows, self.columns] = of_middle
        return grad_skip, of_x


class DecoderFirst(ConcatCropOf):
    def join(self, middle, x):
        return np.concatenate([x, middle], axis=1)

    def split(self, grad):
        C = grad.shape[1] - self.shape[1]
        return grad[:, C:], grad[:, :C]


class JoinedAsPictures(ConcatCropOf):
    def join(self, middle, x):
        return np.concatenate([middle, x], axis=0)

    def split(self, grad):
        return grad[: self.shape[0]], grad[self.shape[0] :]


class Added(ConcatCropOf):
    def join(self, middle, x):
        return middle + x

    def split(self, grad):
        return grad, grad


class EndsWithAMinus(ConcatCropOf):
    def slices(self, H, W, h, w):
        top, left = (H - h) // 2, (W - w) // 2
        return slice(top, -top), slice(left, -left)


class EndsAtTheMirrorImage(ConcatCropOf):
    def slices(self, H, W, h, w):
        top, left = (H - h) // 2, (W - w) // 2
        return slice(top, H - top), slice(left, W - left)


class SplitInHalves(ConcatCropOf):
    def split(self, grad):
        return np.split(grad, 2, axis=1)


class WritesIntoTheSkip(ConcatCropOf):
    def backward(self, grad):
        of_middle, of_x = self.split(grad)
        self.skip[:, :, self.rows, self.columns] = of_middle
        return self.skip, of_x


# overlap_tile ---------------------------------------------------------------------------------------------------------


def smaller_last_tiles(net, image, tile, margin):
    _, H, W = image.shape
    mirrored = np.pad(image, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    seen, bands = tile + 2 * margin, []
    for top in range(0, H, tile):
        parts = [net(mirrored[:, top : top + seen, left : left + seen]) for left in range(0, W, tile)]
        bands.append(np.concatenate(parts, axis=2))
    return np.concatenate(bands, axis=1)


def last_tiles_moved_back(net, image, tile, margin):
    _, H, W = image.shape
    extra = (0, max(tile - H, 0)), (0, max(tile - W, 0))
    around = [(margin, margin + more) for _, more in extra]
    mirrored, seen, scores = np.pad(image, ((0, 0), *around), mode="reflect"), tile + 2 * margin, None
    for top in range(0, H, tile):
        for left in range(0, W, tile):
            u, v = max(min(top, H - tile), 0), max(min(left, W - tile), 0)
            part = net(mirrored[:, u : u + seen, v : v + seen])
            scores = np.zeros((len(part), H, W), part.dtype) if scores is None else scores
            scores[:, u : u + tile, v : v + tile] = part[:, : H - u, : W - v]
    return scores


def mirrors_each_tile(net, image, tile, margin):
    """Cuts first and mirrors then: the margins are not the neighbours."""
    _, H, W = image.shape
    whole = np.pad(image, ((0, 0), (0, -H % tile), (0, -W % tile)), mode="reflect")
    around, bands = ((0, 0), (margin, margin), (margin, margin)), []
    for top in range(0, H, tile):
        row = whole[:, top : top + tile]
        parts = [net(np.pad(row[:, :, left : left + tile], around, mode="reflect")) for left in range(0, W, tile)]
        bands.append(np.concatenate(parts, axis=2))
    return np.concatenate(bands, axis=1)[:, :H, :W]


def drops_the_rest(net, image, tile, margin):
    _, H, W = image.shape
    mirrored = np.pad(image, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    seen, scores = tile + 2 * margin, None
    for top in range(0, H - tile + 1, tile):
        for left in range(0, W - tile + 1, tile):
            part = net(mirrored[:, top : top + seen, left : left + seen])
            scores = np.zeros((len(part), H, W), part.dtype) if scores is None else scores
            scores[:, top : top + tile, left : left + tile] = part
    return np.zeros((1, H, W), image.dtype) if scores is None else scores


def in_the_images_dtype(net, image, tile, margin):
    _, H, W = image.shape
    around = (0, 0), (margin, margin + -H % tile), (margin, margin + -W % tile)
    mirrored, seen, scores = np.pad(image, around, mode="reflect"), tile + 2 * margin, None
    for top in range(0, H, tile):
        for left in range(0, W, tile):
            part = net(mirrored[:, top : top + seen, left : left + seen])
            scores = np.zeros((len(part), H, W), image.dtype) if scores is None else scores
            scores[:, top : top + tile, left : left + tile] = part[:, : H - top, : W - left]
    return scores


def as_many_scores_as_channels(net, image, tile, margin):
    C, H, W = image.shape
    around = (0, 0), (margin, margin + -H % tile), (margin, margin + -W % tile)
    mirrored, seen, scores = np.pad(image, around, mode="reflect"), tile + 2 * margin, None
    for top in range(0, H, tile):
        for left in range(0, W, tile):
            part = net(mirrored[:, top : top + seen, left : left + seen])
            scores = np.zeros((C, H, W), part.dtype) if scores is None else scores
            scores[:, top : top + tile, left : left + tile] = part[:, : H - top, : W - left]
    return scores


def tile_by_tile(net, mirrored, size, tile, seen, step, dtype=None):
    """Tiles of `seen` pixels that start `step` apart in a mirrored image."""
    (H, W), scores = size, None
    for top in range(0, H, tile):
        for left in range(0, W, tile):
            u, v = top // tile * step, left // tile * step
            part = net(mirrored[:, u : u + seen, v : v + seen])
            scores = np.zeros((len(part), H, W), dtype or part.dtype) if scores is None else scores
            scores[:, top : top + tile, left : left + tile] = part[:, : H - top, : W - left]
    return scores


def tiles_side_by_side(net, image, tile, margin):
    (H, W), seen = image.shape[1:], tile + 2 * margin
    rows, columns = -(-H // tile), -(-W // tile)
    mirrored = np.pad(image, ((0, 0), (margin, rows * seen - H), (margin, columns * seen - W)), mode="reflect")
    return tile_by_tile(net, mirrored, (H, W), tile, seen, seen)


def zeros_behind_the_margin(net, image, tile, margin):
    H, W = image.shape[1:]
    mirrored = np.pad(image, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    mirrored = np.pad(mirrored, ((0, 0), (0, -H % tile), (0, -W % tile)))
    return tile_by_tile(net, mirrored, (H, W), tile, tile + 2 * margin, tile)


def in_double_precision(net, image, tile, margin):
    H, W = image.shape[1:]
    around = (0, 0), (margin, margin + -H % tile), (margin, margin + -W % tile)
    return tile_by_tile(net, np.pad(image, around, mode="reflect"), (H, W), tile, tile + 2 * margin, tile, float)


def asks_once_more(net, image, tile, margin):
    (H, W), seen = image.shape[1:], tile + 2 * margin
    mirrored = np.pad(image, ((0, 0), (margin, margin + -H % tile), (margin, margin + -W % tile)), mode="reflect")
    net(mirrored[:, :seen, :seen])
    return tile_by_tile(net, mirrored, (H, W), tile, seen, tile)


def slides_pixel_by_pixel(net, image, tile, margin):
    """Right for a net without poolings, and tile * tile times too slow."""
    _, H, W = image.shape
    around = (0, 0), (margin, margin + tile), (margin, margin + tile)
    mirrored, seen, scores = np.pad(image, around, mode="reflect"), tile + 2 * margin, None
    for u, v in np.ndindex(H, W):
        part = net(mirrored[:, u : u + seen, v : v + seen])
        scores = np.zeros((len(part), H, W), part.dtype) if scores is None else scores
        scores[:, u, v] = part[:, 0, 0]
    return scores


# weight_map -----------------------------------------------------------------------------------------------------------


def to_the_centres(cells, w0=10.0, sigma=5.0):
    inside, names = cells > 0, np.unique(cells[cells > 0])
    w_c = cells.size / 2 / np.where(inside, inside.sum(), (~inside).sum())
    if len(names) < 2:
        return w_c
    u, v = np.indices(cells.shape)
    distances = []
    for name in names:
        row, column = np.argwhere(cells == name).mean(axis=0)
        distances.append(np.hypot(u - row, v - column))
    d1, d2 = np.sort(distances, axis=0)[:2]
    return w_c + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))


def balance(cells):
    """w_c, whatever kinds of pixels there are."""
    inside = cells > 0
    return cells.size / 2 / np.where(inside, max(inside.sum(), 1), max((~inside).sum(), 1))


def nearest_of(mask):
    """The distance from each pixel to the nearest one of a mask."""
    (u, v), (rows, columns) = np.indices(mask.shape), np.nonzero(mask)
    return np.sqrt(((u[..., None] - rows) ** 2 + (v[..., None] - columns) ** 2).min(axis=-1))


def weights_of(cells, w0, sigma, names):
    """The right weights for cells with some names, without a thought for those that do not exist."""
    d = np.sort([np.where(cells == name, nearest_of(cells != name), nearest_of(cells == name)) for name in names], axis=0)
    return w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))


def half_of_the_share(cells, w0=10.0, sigma=5.0):
    inside, names = cells > 0, np.unique(cells[cells > 0])
    w_c = np.where(inside, inside.mean(), (~inside).mean()) / 2
    return w_c + weights_of(cells, w0, sigma, names) if len(names) > 1 else w_c


def numbered_from_one(cells, w0=10.0, sigma=5.0):
    return balance(cells) + (weights_of(cells, w0, sigma, range(1, cells.max() + 1)) if cells.max() > 1 else 0)


def always_two_cells(cells, w0=10.0, sigma=5.0):
    return balance(cells) + weights_of(cells, w0, sigma, np.unique(cells[cells > 0]))


def to_the_background(cells, w0=10.0, sigma=5.0):
    names, outside = np.unique(cells[cells > 0]), cells == 0
    if len(names) < 2:
        return balance(cells)
    far = np.full(cells.shape, 1e9) if not outside.any() else nearest_of(outside)
    d1, d2 = np.sort([np.where(cells == name, far, nearest_of(cells == name)) for name in names], axis=0)[:2]
    return balance(cells) + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))


def kinds_of_each_cell(cells, w0=10.0, sigma=5.0):
    """w_c balances every cell against every other, instead of cells against background."""
    names = np.unique(cells[cells > 0])
    w_c = cells.size / 2 / np.array([(cells == number).sum() for number in cells.ravel()]).reshape(cells.shape)
    if len(names) < 2:
        return w_c
    distances = np.empty((len(names), *cells.shape))
    for name, distance in zip(names, distances):
        own = cells == name
        for side in own, ~own:
            (u, v), (rows, columns) = np.nonzero(side), np.nonzero(~side)
            distance[side] = np.sqrt(((u[:, None] - rows) ** 2 + (v[:, None] - columns) ** 2).min(axis=1))
    d1, d2 = np.sort(distances, axis=0)[:2]
    return w_c + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))


MISTAKES = {
    "ConcatCrop": [
        Mistake(
            "cuts at the corner",
            "The crop begins at the upper left corner. It is the middle that fits: begin at (H - h) // 2 and (W - w) // 2.",
            ((MIDDLE, "self.top, self.left = 0, 0"),),
        ),
        Mistake(
            "keeps the end",
            "The crop keeps the last rows and columns. Cut off as much at the end as at the beginning.",
            ((MIDDLE, "self.top, self.left = H - h, W - w"),),
        ),
        Mistake(
            "the larger half first",
            "If the difference is odd, the smaller half goes at the top and on the left: (H - h) // 2, not rounded up.",
            ((MIDDLE, "self.top, self.left = (H - h + 1) // 2, (W - w + 1) // 2"),),
        ),
        Mistake(
            "halves of the sizes",
            "H // 2 - h // 2 is not (H - h) // 2 if both sizes are not of one kind: for 4 and 3 it is 1, and must be 0.",
            ((MIDDLE, "self.top, self.left = H // 2 - h // 2, W // 2 - w // 2"),),
        ),
        Mistake(
            "height for width",
            "One crop serves rows and columns here. The left edge is (W - w) // 2, and has nothing to do with the height.",
            ((MIDDLE, "self.top, self.left = (H - h) // 2, (H - h) // 2"),),
        ),
        Mistake(
            "x before the skip",
            "The decoder's channels come first here. The skip's belong first, as in the worked example.",
            ((JOIN, "return np.concatenate([x, middle], axis=1)"),),
            also=("DecoderFirst",),
        ),
        Mistake(
            "joined along another axis",
            "The maps are joined along pictures, rows or columns. Channels are axis 1.",
            ((JOIN, "return np.concatenate([middle, x], axis=2)"),),
            also=("JoinedAsPictures",),
        ),
        Mistake(
            "added",
            "The two maps are added, as FCN does. U-Net puts their channels side by side: np.concatenate along axis 1.",
            ((JOIN, "return middle + x if middle.shape == x.shape else np.concatenate([middle, x], axis=1)"),),
            also=("Added",),
        ),
        Mistake(
            "zeros around x",
            "x is enlarged with zeros here. U-Net cuts the skip to the size of x instead, so that nothing is made up.",
            answer="EnlargesTheDecoder",
        ),
        Mistake(
            "the gradient of the middle only",
            "dL/dskip has the size of x here. It needs the size of the whole skip, with zeros where pixels were cut off.",
            ((BACK, "return grad[:, :K], grad[:, K:]"),),
        ),
        Mistake(
            "the gradient at the corner",
            "dL/dskip has its numbers in the upper left corner. They belong where forward took them from: keep top and left.",
            ((PUT, "grad_skip[:, :, :h, :w] = grad[:, :K]"),),
        ),
        Mistake(
            "ones outside",
            "Where the skip was cut off, its gradient is not 0. Nothing depends on those pixels: begin with np.zeros.",
            ((ZEROS, "grad_skip = np.ones(self.shape, grad.dtype)"),),
        ),
        Mistake(
            "gradients exchanged",
            "backward returns the gradient of x first. The order is that of forward's arguments: skip, then x.",
            ((BACK, "return grad[:, K:], grad_skip"),),
        ),
        Mistake(
            "split in halves",
            "The gradient is split in the middle of its channels. Skip and x may have different numbers: split at skip.shape[1].",
            ((CHANNELS, "K, (h, w) = grad.shape[1] // 2, grad.shape[2:]"),
             (PUT, "grad_skip[:, :K, self.top : self.top + h, self.left : self.left + w] = grad[:, : self.shape[1]][:, :K]")),
        ),
        Mistake(
            "all channels to both",
            "Both get a share of all of the gradient. Each channel of y is a copy of one of the two maps, and only that gets it.",
            ((PUT, "grad_skip[:, :, self.top : self.top + h, self.left : self.left + w] = grad.mean(axis=1, keepdims=True)"),),
        ),
        Mistake(
            "kept by the class",
            "What backward needs is kept in the class, and the next skip of the net overwrites it. Keep it in self.",
            answer="SharedByTheClass",
        ),
        Mistake(
            "float64 maps",
            "Two float32 maps become a float64 one here. Keep their dtype: np.zeros and np.empty need it as an argument.",
            ((JOIN, "return np.concatenate([middle, x], axis=1).astype(float)"),),
        ),
        Mistake(
            "float64 gradients",
            "The gradient of a float32 skip is float64 here. np.zeros(shape) is float64: add the dtype of grad.",
            ((ZEROS, "grad_skip = np.zeros(self.shape)"),),
        ),
        Mistake(
            "counted from the end",
            "A slice that ends top before the end is one too long if the difference is odd; and with a minus, empty if nothing is cut. End at top + h.",
            answer="EndsWithAMinus",
            also=("EndsAtTheMirrorImage",),
        ),
        Mistake(
            "split after the channels of x",
            "The gradient is split after as many channels as x has. The skip's come first: split at skip.shape[1].",
            ((CHANNELS, "K, (h, w) = grad.shape[1] - self.shape[1], grad.shape[2:]"),),
        ),
        Mistake(
            "two equal halves",
            "The gradient is cut into two equal halves. The first skip.shape[1] channels are those of skip, however many x has.",
            answer="SplitInHalves",
        ),
        Mistake(
            "written into the skip",
            "The gradient is written into the skip itself, and around it the skip's own numbers stay. Fill a new array of zeros.",
            answer="WritesIntoTheSkip",
        ),
    ],
    "overlap_tile": [
        Mistake(
            "the border repeated",
            "The border pixel is repeated: left of 1, 2, 3 comes another 1. In np.pad that is 'symmetric'; use 'reflect'.",
            ((PAD, PAD.replace("reflect", "symmetric")),),
        ),
        Mistake(
            "the edge for a mirror",
            "Outside, the border pixel goes on and on (mode 'edge'). The picture must be mirrored: mode 'reflect'.",
            ((PAD, PAD.replace("reflect", "edge")),),
        ),
        Mistake(
            "zeros for a mirror",
            "Outside the image the net sees zeros. It must see the image mirrored: np.pad(..., mode='reflect').",
            ((PAD, PAD.replace(', mode="reflect"', "")),),
        ),
        Mistake(
            "wrapped around",
            "Outside, the image goes on from its other side (mode 'wrap'). Mirror it instead: mode 'reflect'.",
            ((PAD, PAD.replace("reflect", "wrap")),),
        ),
        Mistake(
            "smaller last tiles",
            "The last tiles are smaller than the others, and the net takes only one size. Mirror enough pixels for whole tiles.",
            answer="smaller_last_tiles",
        ),
        Mistake(
            "last tiles moved back",
            "The last tile starts earlier, to end with the image. A net with poolings gives other scores then: tiles start"
            " at multiples of `tile`.",
            answer="last_tiles_moved_back",
        ),
        Mistake(
            "the rest dropped",
            "The pixels behind the last whole tile get no scores. Round the number of tiles up.",
            answer="drops_the_rest",
        ),
        Mistake(
            "scores of the added pixels",
            "The result is larger than the image: the scores of pixels that were mirrored are still there. Cut to [:, :H, :W].",
            ((BANDS, "return np.concatenate(bands, axis=1)"),),
        ),
        Mistake(
            "each tile mirrored",
            "Each tile is mirrored by itself. Its margins must be its neighbours' pixels: mirror the image once, then cut tiles.",
            answer="mirrors_each_tile",
        ),
        Mistake(
            "tiles a margin apart",
            "The tiles start as far apart as they are wide with margins. Those overlap: the next starts `tile` further on.",
            (("for top in range(0, H, tile)", "for top in range(0, H, seen)"), (PARTS, PARTS.replace("W, tile)", "W, seen)"))),
            also=("tiles_side_by_side",),
        ),
        Mistake(
            "rows and columns exchanged",
            "Rows and columns are exchanged: a row of tiles is joined along axis 2, and the rows along axis 1.",
            ((PARTS, PARTS.replace("W, tile)", "H, tile)")), ("for top in range(0, H, tile)", "for top in range(0, W, tile)")),
        ),
        Mistake(
            "a margin at one side",
            "The margin is mirrored at the top and on the left only. The last tiles need it at the bottom and on the right too.",
            ((AROUND, "around = (0, 0), (2 * margin, below), (2 * margin, right)"),),
        ),
        Mistake(
            "shifted by the margin",
            "The tiles are taken from the image's corner, so all scores are moved by the margin. In the mirrored image,"
            " row `top` is already margin rows above.",
            ((AROUND, "around = (0, 0), (margin, 2 * margin + below), (margin, 2 * margin + right)"),
             (PARTS, PARTS.replace(TILE, "net(mirrored[:, top + margin :, left + margin :][:, :seen, :seen])"))),
        ),
        Mistake(
            "one more tile",
            "If the tiles fit, the net is called for one more row or column of them. Round H / tile up: -(-H // tile).",
            ((COUNTS, "rows, columns = H // tile + 1, W // tile + 1"),
             ("for top in range(0, H, tile)", "for top in range(0, rows * tile, tile)"),
             (PARTS, PARTS.replace("range(0, W, tile)", "range(0, columns * tile, tile)"))),
        ),
        Mistake(
            "the image's dtype",
            "The scores are stored in the image's dtype. They must keep the one that the net returns.",
            answer="in_the_images_dtype",
        ),
        Mistake(
            "as many scores as channels",
            "There is a score map for each channel of the image here. How many there are, the net's first result says.",
            answer="as_many_scores_as_channels",
        ),
        Mistake(
            "pixel by pixel",
            "The net is called for every pixel, and only one score of each tile is used. Move by whole tiles.",
            answer="slides_pixel_by_pixel",
        ),
        Mistake(
            "zeros behind the margin",
            "The image is mirrored by one margin, and then come zeros. The last tiles see more: mirror margin + below, margin + right.",
            answer="zeros_behind_the_margin",
        ),
        Mistake(
            "always float64",
            "The scores are always float64. They must keep the dtype that the net returns.",
            answer="in_double_precision",
        ),
        Mistake(
            "asked once more",
            "The net is called once more than there are tiles. The first tile already shows how many scores it returns: keep that result.",
            answer="asks_once_more",
        ),
        Mistake(
            "below and right exchanged",
            "The number of rows added below follows from the height, that of columns on the right from the width.",
            (("below, right = rows * tile - H, columns * tile - W", "right, below = rows * tile - H, columns * tile - W"),),
        ),
    ],
    "weight_map": [
        Mistake(
            "shares for halves",
            "w_c is the share of the pixel's kind. It is the other way round: the rarer kind weighs more. Divide by the count.",
            ((W_C, "w_c = 2 * np.where(inside, inside.sum(), (~inside).sum()) / cells.size"),),
            also=("half_of_the_share",),
        ),
        Mistake(
            "kinds exchanged",
            "The two kinds are exchanged: a cell's pixel is divided by the number of background pixels. Use those of its own kind.",
            ((W_C, "w_c = cells.size / 2 / np.where(inside, max((~inside).sum(), 1), max(inside.sum(), 1))"),),
        ),
        Mistake(
            "without the half",
            "w_c is twice as large as it should be: it is half of all pixels, divided by those of the pixel's kind.",
            ((W_C, W_C.replace(" / 2", "")),),
        ),
        Mistake(
            "no w_c",
            "The class weight w_c is missing, so the background far from all cells weighs nothing.",
            ((W_C, "w_c = np.zeros(cells.shape)"),),
        ),
        Mistake(
            "each cell a class",
            "w_c treats every cell as a class of its own. There are two kinds of pixels: cell, whichever it is, and background.",
            answer="kinds_of_each_cell",
        ),
        Mistake(
            "0 inside a cell",
            "Inside a cell the distance to it is 0 here. d is the distance to its border: inside, to the nearest pixel outside.",
            ((SIDES, "distance[own] = 0\n        for side in (~own,):"),),
        ),
        Mistake(
            "squared twice",
            "The distances are squared before they are added: (d1 + d2)^2 is not d1^2 + d2^2.",
            ((WEIGHT, "return w_c + w0 * np.exp(-(d1**2 + d2**2) / (2 * sigma**2))"),),
        ),
        Mistake(
            "not squared",
            "The sum of the distances is not squared: the exponent is -(d1 + d2)**2 / (2 * sigma**2).",
            ((WEIGHT, "return w_c + w0 * np.exp(-(d1 + d2) / (2 * sigma**2))"),),
        ),
        Mistake(
            "without the root",
            "The distances are still squared when they are added. Take the root first: np.sqrt(squares).",
            ((DISTANCE, "distance[side] = squares.min(axis=1)"),),
        ),
        Mistake(
            "city blocks",
            "Distances are counted along rows and columns. They are Euclidean: the root of the sum of squares.",
            ((SQUARES, "squares = (abs(u[:, None] - rows) + abs(v[:, None] - columns)) ** 2"),),
        ),
        Mistake(
            "chessboard",
            "The distance is the larger of the differences of rows and columns. It must be Euclidean, the root of both squares.",
            ((SQUARES, "squares = np.maximum(abs(u[:, None] - rows), abs(v[:, None] - columns)) ** 2"),),
        ),
        Mistake(
            "the nearest only",
            "The nearest cell is counted twice. d2 is the distance to the second nearest cell: the next in order.",
            ((NEAREST, "d1 = d2 = np.min(distances, axis=0)"),),
        ),
        Mistake(
            "the two farthest",
            "These are the two farthest cells. The nearest are the first two after np.sort.",
            ((NEAREST, "d1, d2 = np.sort(distances, axis=0)[-2:]"),),
        ),
        Mistake(
            "the first two",
            "These are the cells with the two smallest numbers, wherever they are. Sort the distances, for each pixel by itself.",
            ((NEAREST, "d1, d2 = distances[:2]"),),
        ),
        Mistake(
            "sorted along the rows",
            "The distances are sorted along the picture. Sort along axis 0, the cells, so that every pixel has its own order.",
            ((NEAREST, "d1, d2 = np.sort(distances, axis=-1)[:2]"),),
        ),
        Mistake(
            "numbers without gaps",
            "The cells are taken for 1, 2, 3, ... up to their count. They may have any numbers: np.unique finds them.",
            ((INSIDE, "inside, names = cells > 0, np.arange(1, cells.max() + 1)"),
             (DISTANCE, "distance[side] = np.sqrt(squares.min(axis=1)) if len(rows) else 0")),
            also=("numbered_from_one",),
        ),
        Mistake(
            "background as a cell",
            "The background is treated as another cell. Leave out the number 0.",
            ((INSIDE, "inside, names = cells > 0, np.unique(cells)"),
             (DISTANCE, "distance[side] = np.sqrt(squares.min(axis=1)) if len(rows) else 0")),
        ),
        Mistake(
            "to the centres",
            "Distances are measured to the middles of the cells. It is their borders that count.",
            answer="to_the_centres",
        ),
        Mistake(
            "w0 and sigma fixed",
            "w0 and sigma are fixed at 10 and 5. Use the arguments.",
            ((WEIGHT, "return w_c + 10 * np.exp(-((d1 + d2) ** 2) / 50)"),),
        ),
        Mistake(
            "sigma without its square",
            "The exponent is divided by 2 sigma. It is 2 * sigma**2.",
            ((WEIGHT, "return w_c + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma))"),),
        ),
        Mistake(
            "one cell has a gap",
            "With a single cell there is no second one, and so no gap: the weight is w_c alone.",
            ((FEW, "if len(names) < 1:\n        return w_c"),
             (DISTANCE, "distance[side] = np.sqrt(squares.min(axis=1)) if len(rows) else 0"),
             (NEAREST, "d1, d2 = np.sort(distances, axis=0)[[0, min(1, len(distances) - 1)]]")),
            also=("always_two_cells",),
        ),
        Mistake(
            "multiplied by sigma",
            "/ 2 * sigma**2 divides by 2 and multiplies by sigma**2. Put the whole divisor into parentheses.",
            ((WEIGHT, "return w_c + w0 * np.exp(-((d1 + d2) ** 2) / 2 * sigma**2)"),),
        ),
        Mistake(
            "the minus squared",
            "The minus is squared with the distances, so the weight grows with them. The minus stands before the square: -((d1 + d2) ** 2).",
            ((WEIGHT, "return w_c + w0 * np.exp((-(d1 + d2)) ** 2 / (2 * sigma**2))"),),
        ),
        Mistake(
            "gaps on background only",
            "Only the background gets the weight of a gap. Pixels of cells near a gap get it, too.",
            ((WEIGHT, "return w_c + np.where(inside, 0, w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2)))"),),
        ),
        Mistake(
            "the farthest for the second",
            "These are the nearest and the farthest cell. d2 is the distance to the second nearest.",
            ((NEAREST, "d1, d2 = np.min(distances, axis=0), np.max(distances, axis=0)"),),
        ),
        Mistake(
            "to the background",
            "Inside a cell, the nearest pixel of the background is taken. It is the nearest that is not in this cell, of another cell as well.",
            answer="to_the_background",
        ),
    ],
}
