"""Natural answers to the exercises of lesson 22."""

from . import Natural

NUMPY = "import numpy as np\n\n"


def crop(about, source, hint=""):
    return Natural("22.ConcatCrop", about, NUMPY + source, hint)


def tiles(about, source, hint=""):
    return Natural("22.overlap_tile", about, NUMPY + source, hint)


def weights(about, source, hint=""):
    return Natural("22.weight_map", about, NUMPY + source, hint)


ANSWERS = [
    crop(
        "x first",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.skip_shape, self.C = skip.shape, x.shape[1]
        self.a, self.b = (H - h) // 2, (W - w) // 2
        return np.concatenate([x, skip[:, :, self.a : self.a + h, self.b : self.b + w]], axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        skip = np.zeros(self.skip_shape, grad.dtype)
        skip[:, :, self.a : self.a + h, self.b : self.b + w] = grad[:, self.C :]
        return skip, grad[:, : self.C]
""",
        "x_before_the_skip",
    ),
    crop(
        "the upper left corner instead of the middle",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        self.shape = skip.shape
        return np.concatenate((skip[:, :, :h, :w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.shape[1]
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, :h, :w] = grad[:, :K]
        return g, grad[:, K:]
""",
        "cuts_at_the_corner",
    ),
    crop(
        "the larger half goes at the top",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h + 1) // 2, (W - w + 1) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.shape[1]
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, :K]
        return g, grad[:, K:]
""",
        "the_larger_half_first",
    ),
    crop(
        "the crop of the rows for both axes",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        self.shape = skip.shape
        self.crop = (skip.shape[2] - h) // 2
        c = self.crop
        return np.concatenate((skip[:, :, c : c + h, c : c + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K, c = self.shape[1], self.crop
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, c : c + h, c : c + w] = grad[:, :K]
        return g, grad[:, K:]
""",
        "height_for_width",
    ),
    crop(
        "slices that end with a minus",
        """
class ConcatCrop:
    def forward(self, skip, x):
        self.shape = skip.shape
        self.t = (skip.shape[2] - x.shape[2]) // 2
        self.l = (skip.shape[3] - x.shape[3]) // 2
        return np.concatenate((skip[:, :, self.t : -self.t, self.l : -self.l], x), axis=1)

    def backward(self, grad):
        K = self.shape[1]
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, self.t : -self.t, self.l : -self.l] = grad[:, :K]
        return g, grad[:, K:]
""",
        "counted_from_the_end",
    ),
    crop(
        "slices up to H - top: one too many if the difference is odd",
        """
class ConcatCrop:
    def forward(self, skip, x):
        H, W = skip.shape[2:]
        t, l = (H - x.shape[2]) // 2, (W - x.shape[3]) // 2
        self.shape, self.where = skip.shape, (slice(None), slice(None), slice(t, H - t), slice(l, W - l))
        return np.concatenate((skip[self.where], x), axis=1)

    def backward(self, grad):
        K = self.shape[1]
        g = np.zeros(self.shape, grad.dtype)
        g[self.where] = grad[:, :K]
        return g, grad[:, K:]
""",
        "counted_from_the_end",
    ),
    crop(
        "the gradient of the skip is as small as the crop",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.K = skip.shape[1]
        t, l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, t : t + h, l : l + w], x), axis=1)

    def backward(self, grad):
        return grad[:, : self.K], grad[:, self.K :]
""",
        "the_gradient_of_the_middle_only",
    ),
    crop(
        "the gradient goes to the corner, not to the middle",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        t, l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, t : t + h, l : l + w], x), axis=1)

    def backward(self, grad):
        K = self.shape[1]
        g = np.zeros(self.shape, dtype=grad.dtype)
        g[:, :, : grad.shape[2], : grad.shape[3]] = grad[:, :K]
        return g, grad[:, K:]
""",
        "the_gradient_at_the_corner",
    ),
    crop(
        "splits the gradient after the C channels of x",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape, self.C = skip.shape, x.shape[1]
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        g = np.zeros(self.shape, dtype=grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, : self.C]
        return g, grad[:, self.C :]
""",
        "split_after_the_channels_of_x",
    ),
    crop(
        "splits the gradient in two halves",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        first, second = np.split(grad, 2, axis=1)
        g = np.zeros(self.shape, dtype=grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = first
        return g, second
""",
        "two_equal_halves",
    ),
    crop(
        "the wrong axis",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x))

    def backward(self, grad):
        h, w = grad.shape[2:]
        N = self.shape[0]
        g = np.zeros(self.shape, dtype=grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:N]
        return g, grad[N:]
""",
        "joined_along_another_axis",
    ),
    crop(
        "float64 zeros",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.shape[1]
        g = np.zeros(self.shape)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, :K]
        return g, grad[:, K:]
""",
        "float64_gradients",
    ),
    crop(
        "the two gradients in the wrong order",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.shape[1]
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, :K]
        return grad[:, K:], g
""",
        "gradients_exchanged",
    ),
    crop(
        "writes the gradient into the skip itself",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.skip = skip
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.skip.shape[1]
        self.skip[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, :K]
        return self.skip, grad[:, K:]
""",
        "written_into_the_skip",
    ),
    crop(
        "np.empty around the gradient",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return np.concatenate((skip[:, :, self.t : self.t + h, self.l : self.l + w], x), axis=1)

    def backward(self, grad):
        h, w = grad.shape[2:]
        K = self.shape[1]
        g = np.empty(self.shape, grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad[:, :K]
        return g, grad[:, K:]
""",
        "pattern",
    ),
    crop(
        "adds the maps, as FCN does",
        """
class ConcatCrop:
    def forward(self, skip, x):
        h, w = x.shape[2:]
        H, W = skip.shape[2:]
        self.shape = skip.shape
        self.t, self.l = (H - h) // 2, (W - w) // 2
        return skip[:, :, self.t : self.t + h, self.l : self.l + w] + x

    def backward(self, grad):
        h, w = grad.shape[2:]
        g = np.zeros(self.shape, grad.dtype)
        g[:, :, self.t : self.t + h, self.l : self.l + w] = grad
        return g, grad
""",
        "added",
    ),
    tiles(
        "symmetric for reflect",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    below, right = -H % tile, -W % tile
    pads = [(0, 0), (margin, margin + below), (margin, margin + right)]
    padded = np.pad(image, pads, mode="symmetric")
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "the_border_repeated",
    ),
    tiles(
        "zeros outside",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    below, right = -H % tile, -W % tile
    pads = [(0, 0), (margin, margin + below), (margin, margin + right)]
    padded = np.pad(image, pads)
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "zeros_for_a_mirror",
    ),
    tiles(
        "mirrored by the margin, then zeros for the last tiles",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    padded = np.pad(image, [(0, 0), (margin, margin), (margin, margin)], mode="reflect")
    padded = np.pad(padded, [(0, 0), (0, -H % tile), (0, -W % tile)])
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "zeros_behind_the_margin",
    ),
    tiles(
        "the last tile starts earlier, so that it fits",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    below, right = max(tile - H, 0), max(tile - W, 0)
    padded = np.pad(image, [(0, 0), (margin, margin + below), (margin, margin + right)], mode="reflect")
    size = tile + 2 * margin
    out = None
    for top in range(0, H, tile):
        top = max(0, min(top, H - tile))
        for left in range(0, W, tile):
            left = max(0, min(left, W - tile))
            scores = net(padded[:, top : top + size, left : left + size])
            if out is None:
                out = np.zeros((len(scores), H + below, W + right), scores.dtype)
            out[:, top : top + tile, left : left + tile] = scores
    return out[:, :H, :W]
""",
        "last_tiles_moved_back",
    ),
    tiles(
        "the last tile is smaller",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    padded = np.pad(image, [(0, 0), (margin, margin), (margin, margin)], mode="reflect")
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)
""",
        "smaller_last_tiles",
    ),
    tiles(
        "whole tiles only",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    padded = np.pad(image, [(0, 0), (margin, margin), (margin, margin)], mode="reflect")
    size = tile + 2 * margin
    out = None
    for a in range(H // tile):
        for b in range(W // tile):
            top, left = a * tile, b * tile
            scores = net(padded[:, top : top + size, left : left + size])
            if out is None:
                out = np.zeros((len(scores), H, W), scores.dtype)
            out[:, top : top + tile, left : left + tile] = scores
    return out
""",
        "the_rest_dropped",
    ),
    tiles(
        "what is too much is not cut off",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    below, right = -H % tile, -W % tile
    pads = [(0, 0), (margin, margin + below), (margin, margin + right)]
    padded = np.pad(image, pads, mode="reflect")
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)
""",
        "scores_of_the_added_pixels",
    ),
    tiles(
        "each tile mirrors itself",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    image = np.pad(image, [(0, 0), (0, -H % tile), (0, -W % tile)], mode="reflect")
    rows = []
    for top in range(0, H, tile):
        row = []
        for left in range(0, W, tile):
            piece = image[:, top : top + tile, left : left + tile]
            row.append(net(np.pad(piece, [(0, 0), (margin, margin), (margin, margin)], mode="reflect")))
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "each_tile_mirrored",
    ),
    tiles(
        "float64 scores",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    a, b = -(-H // tile), -(-W // tile)
    pads = [(0, 0), (margin, margin + a * tile - H), (margin, margin + b * tile - W)]
    padded = np.pad(image, pads, mode="reflect")
    out = None
    for i in range(a):
        for j in range(b):
            window = padded[:, i * tile : (i + 1) * tile + 2 * margin, j * tile : (j + 1) * tile + 2 * margin]
            scores = net(window)
            if out is None:
                out = np.zeros((scores.shape[0], a * tile, b * tile))
            out[:, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = scores
    return out[:, :H, :W]
""",
        "always_float64",
    ),
    tiles(
        "as many classes as channels",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    a, b = -(-H // tile), -(-W // tile)
    pads = [(0, 0), (margin, margin + a * tile - H), (margin, margin + b * tile - W)]
    padded = np.pad(image, pads, mode="reflect")
    out = np.zeros((C, a * tile, b * tile), image.dtype)
    for i in range(a):
        for j in range(b):
            window = padded[:, i * tile : (i + 1) * tile + 2 * margin, j * tile : (j + 1) * tile + 2 * margin]
            out[:, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = net(window)
    return out[:, :H, :W]
""",
        "as_many_scores_as_channels",
    ),
    tiles(
        "calls the net once more, to learn the number of classes",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    a, b = -(-H // tile), -(-W // tile)
    pads = [(0, 0), (margin, margin + a * tile - H), (margin, margin + b * tile - W)]
    padded = np.pad(image, pads, mode="reflect")
    size = tile + 2 * margin
    first = net(padded[:, :size, :size])
    out = np.zeros((first.shape[0], a * tile, b * tile), first.dtype)
    for i in range(a):
        for j in range(b):
            window = padded[:, i * tile : i * tile + size, j * tile : j * tile + size]
            out[:, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = net(window)
    return out[:, :H, :W]
""",
        "asked_once_more",
    ),
    tiles(
        "one row of tiles too many where the tiles fit",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    a, b = H // tile + 1, W // tile + 1
    pads = [(0, 0), (margin, margin + a * tile - H), (margin, margin + b * tile - W)]
    padded = np.pad(image, pads, mode="reflect")
    out = None
    for i in range(a):
        for j in range(b):
            scores = net(padded[:, i * tile : (i + 1) * tile + 2 * margin, j * tile : (j + 1) * tile + 2 * margin])
            if out is None:
                out = np.zeros((scores.shape[0], a * tile, b * tile), scores.dtype)
            out[:, i * tile : (i + 1) * tile, j * tile : (j + 1) * tile] = scores
    return out[:, :H, :W]
""",
        "one_more_tile",
    ),
    tiles(
        "tiles of the input lie side by side, too",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    size = tile + 2 * margin
    a, b = -(-H // tile), -(-W // tile)
    padded = np.pad(image, [(0, 0), (margin, a * size - H), (margin, b * size - W)], mode="reflect")
    rows = []
    for i in range(a):
        row = [net(padded[:, i * size : (i + 1) * size, j * size : (j + 1) * size]) for j in range(b)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "tiles_a_margin_apart",
    ),
    tiles(
        "H and W exchanged in the padding",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    below, right = -W % tile, -H % tile
    pads = [(0, 0), (margin, margin + below), (margin, margin + right)]
    padded = np.pad(image, pads, mode="reflect")
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "below_and_right_exchanged",
    ),
    tiles(
        "the edge repeated instead of mirrored",
        """
def overlap_tile(net, image, tile, margin):
    C, H, W = image.shape
    u = np.clip(np.arange(-margin, H + margin + -H % tile), 0, H - 1)
    v = np.clip(np.arange(-margin, W + margin + -W % tile), 0, W - 1)
    padded = image[:, u[:, None], v]
    size = tile + 2 * margin
    rows = []
    for top in range(0, H, tile):
        row = [net(padded[:, top : top + size, left : left + size]) for left in range(0, W, tile)]
        rows.append(np.concatenate(row, axis=2))
    return np.concatenate(rows, axis=1)[:, :H, :W]
""",
        "the_edge_for_a_mirror",
    ),
    weights(
        "w_c without the half",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / max(fg.sum(), 1), H * W / max((~fg).sum(), 1))
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "without_the_half",
    ),
    weights(
        "w_c is the share of the kind, not its inverse",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, fg.mean(), (~fg).mean()) / 2
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "shares_for_halves",
    ),
    weights(
        "w_c of background and cell exchanged",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    half = H * W / 2
    wc = np.where(fg, half / max((~fg).sum(), 1), half / max(fg.sum(), 1))
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "kinds_exchanged",
    ),
    weights(
        "every cell is a kind of its own in w_c",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    wc = np.zeros((H, W))
    for i in np.unique(cells):
        wc[cells == i] = H * W / 2 / (cells == i).sum()
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "each_cell_a_class",
    ),
    weights(
        "d1 ** 2 + d2 ** 2 for the square of the sum",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-(d[0] ** 2 + d[1] ** 2) / (2 * sigma**2))
""",
        "squared_twice",
    ),
    weights(
        "divides by 2 * sigma, not by its square",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma))
""",
        "sigma_without_its_square",
    ),
    weights(
        "/ 2 * sigma ** 2 without parentheses",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = [i for i in np.unique(cells) if i != 0]
    if len(ids) < 2:
        return wc
    d = np.zeros((len(ids), H, W))
    for n, i in enumerate(ids):
        own = np.argwhere(cells == i)
        other = np.argwhere(cells != i)
        for u in range(H):
            for v in range(W):
                targets = other if cells[u, v] == i else own
                d[n, u, v] = np.sqrt(((targets - (u, v)) ** 2).sum(axis=1)).min()
    d.sort(axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / 2 * sigma**2)
""",
        "multiplied_by_sigma",
    ),
    weights(
        "distance 0 inside of a cell",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))
    d = []
    for i in ids:
        a, b = np.nonzero(cells == i)
        d.append(np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1))
    d = np.sort(d, axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "0_inside_a_cell",
    ),
    weights(
        "inside: to the nearest pixel of the background",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1, initial=1e9)

    d = np.sort([np.where(cells == i, to(~fg), to(cells == i)) for i in ids], axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "to_the_background",
    ),
    weights(
        "city blocks for Euclid",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return (abs(u[..., None] - a) + abs(v[..., None] - b)).min(axis=-1)

    d = np.sort([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids], axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "city_blocks",
    ),
    weights(
        "no case for a single cell",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = np.sort([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids], axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "one_cell_has_a_gap",
    ),
    weights(
        "cells are numbered 1, 2, ... without gaps",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    if cells.max() < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = [np.where(cells == i, to(cells != i), to(cells == i)) for i in range(1, cells.max() + 1)]
    d = np.sort(d, axis=0)
    return wc + w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2))
""",
        "numbers_without_gaps",
    ),
    weights(
        "nearest and farthest cell",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = np.array([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids])
    return wc + w0 * np.exp(-((d.min(axis=0) + d.max(axis=0)) ** 2) / (2 * sigma**2))
""",
        "the_farthest_for_the_second",
    ),
    weights(
        "the gap weighs only on background",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = np.sort([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids], axis=0)
    return wc + np.where(fg, 0, w0 * np.exp(-((d[0] + d[1]) ** 2) / (2 * sigma**2)))
""",
        "gaps_on_background_only",
    ),
    weights(
        "w0 and sigma written out",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = np.sort([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids], axis=0)
    return wc + 10 * np.exp(-((d[0] + d[1]) ** 2) / 50)
""",
        "w0_and_sigma_fixed",
    ),
    weights(
        "the minus is squared away: e to a positive number",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    fg = cells > 0
    wc = np.where(fg, H * W / 2 / max(fg.sum(), 1), H * W / 2 / max((~fg).sum(), 1))
    ids = np.unique(cells[fg])
    if len(ids) < 2:
        return wc
    u, v = np.indices((H, W))

    def to(mask):
        a, b = np.nonzero(mask)
        return np.sqrt((u[..., None] - a) ** 2 + (v[..., None] - b) ** 2).min(axis=-1)

    d = np.sort([np.where(cells == i, to(cells != i), to(cells == i)) for i in ids], axis=0)
    return wc + w0 * np.exp((-(d[0] + d[1])) ** 2 / (2 * sigma**2))
""",
        "the_minus_squared",
    ),
]

RIGHT = [
    crop(
        "np.pad on the way back, np.split",
        """
class ConcatCrop:
    def forward(self, skip, x):
        above, before = (np.array(skip.shape[2:]) - x.shape[2:]) // 2
        h, w = x.shape[2:]
        self.pads = [(0, 0), (0, 0), (above, skip.shape[2] - h - above), (before, skip.shape[3] - w - before)]
        self.K = skip.shape[1]
        return np.concatenate([skip[..., above : above + h, before : before + w], x], 1)

    def backward(self, grad):
        skip, x = np.split(grad, [self.K], axis=1)
        return np.pad(skip, self.pads), x
""",
    ),
    crop(
        "keeps the skip and the slices, fills a result",
        """
class ConcatCrop:
    def forward(self, skip, x):
        N, C, h, w = x.shape
        self.skip, self.x = skip, x
        top, left = (skip.shape[2] - h) // 2, (skip.shape[3] - w) // 2
        self.middle = np.s_[:, :, top : top + h, left : left + w]
        K = skip.shape[1]
        y = np.empty((N, K + C, h, w), skip.dtype)
        y[:, :K] = skip[self.middle]
        y[:, K:] = x
        return y

    def backward(self, grad):
        grad_skip, grad_x = np.zeros_like(self.skip), np.empty_like(self.x)
        K = self.skip.shape[1]
        grad_skip[self.middle] += grad[:, :K]
        grad_x[:] = grad[:, K:]
        return [grad_skip, grad_x]
""",
    ),
    crop(
        "splits from the back, by the channels of x",
        """
class ConcatCrop:
    def __init__(self):
        self.sizes = None

    def forward(self, skip, x):
        self.sizes = skip.shape, x.shape
        (_, _, H, W), (_, _, h, w) = self.sizes
        rows = np.arange(h) + (H - h) // 2
        columns = np.arange(w) + (W - w) // 2
        self.where = rows[:, None], columns
        return np.hstack([skip[:, :, rows[:, None], columns], x])

    def backward(self, grad):
        shape, (_, C, _, _) = self.sizes
        result = np.zeros(shape, dtype=grad.dtype)
        result[:, :, self.where[0], self.where[1]] = grad[:, : grad.shape[1] - C]
        return result, grad[:, grad.shape[1] - C :].copy()
""",
    ),
    tiles(
        "indices that are mirrored, a dictionary of tiles",
        """
def mirrored(start, count, n):
    if n == 1:
        return np.zeros(count, int)
    place = np.arange(start, start + count) % (2 * n - 2)
    return np.minimum(place, 2 * n - 2 - place)


def overlap_tile(net, image, tile, margin):
    _, H, W = image.shape
    size = tile + 2 * margin
    found = {}
    for u in range(0, H, tile):
        for v in range(0, W, tile):
            rows, columns = mirrored(u - margin, size, H), mirrored(v - margin, size, W)
            found[u, v] = net(image[:, rows[:, None], columns])
    return np.concatenate(
        [np.concatenate([found[u, v] for v in range(0, W, tile)], axis=2) for u in range(0, H, tile)], axis=1
    )[:, :H, :W]
""",
    ),
    tiles(
        "columns outside, a result made at the first tile",
        """
def overlap_tile(net, image, tile, margin):
    channels, height, width = image.shape
    down, across = (height + tile - 1) // tile, (width + tile - 1) // tile
    pad = ((0, 0), (margin, margin + down * tile - height), (margin, margin + across * tile - width))
    big = np.pad(image, pad, "reflect")
    scores = None
    for b in range(across):
        for a in range(down):
            rows = slice(a * tile, (a + 1) * tile + 2 * margin)
            columns = slice(b * tile, (b + 1) * tile + 2 * margin)
            part = net(big[:, rows, columns].copy())
            if scores is None:
                scores = np.zeros((part.shape[0], height, width), part.dtype)
            target = scores[:, a * tile : (a + 1) * tile, b * tile : (b + 1) * tile]
            target[...] = part[:, : target.shape[1], : target.shape[2]]
    return scores
""",
    ),
    tiles(
        "np.block, windows from sliding_window_view",
        """
def overlap_tile(net, image, tile, margin):
    H, W = image.shape[-2:]
    size = tile + 2 * margin
    padded = np.pad(image, ((0, 0), (margin, margin + (-H) % tile), (margin, margin + (-W) % tile)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))[:, ::tile, ::tile]
    rows, columns = windows.shape[1:3]
    scores = np.block([[net(windows[:, a, b]) for b in range(columns)] for a in range(rows)])
    return scores[:, :H, :W]
""",
    ),
    weights(
        "pixel by pixel, two smallest kept by hand",
        """
import math


def weight_map(cells, w0=10.0, sigma=5.0):
    H, W = cells.shape
    ids = sorted(set(cells[cells != 0].tolist()))
    out = np.zeros((H, W))
    number = {True: int((cells != 0).sum()), False: int((cells == 0).sum())}
    places = [(u, v) for u in range(H) for v in range(W)]
    for u, v in places:
        out[u, v] = H * W / 2 / number[bool(cells[u, v] != 0)]
        if len(ids) >= 2:
            nearest = second = math.inf
            for name in ids:
                inside = cells[u, v] == name
                d = min(math.hypot(u - a, v - b) for a, b in places if (cells[a, b] == name) != inside)
                if d < nearest:
                    nearest, second = d, nearest
                elif d < second:
                    second = d
            out[u, v] += w0 * math.exp(-((nearest + second) ** 2) / (2 * sigma**2))
    return out
""",
    ),
    weights(
        "a large table of distances, np.partition",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    flat = cells.ravel()
    places = np.argwhere(np.ones(cells.shape, bool)).astype(float)
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))
    kinds = np.bincount(flat > 0, minlength=2)
    weight = (flat.size / 2 / np.maximum(kinds, 1))[(flat > 0).astype(int)]
    names = np.unique(flat[flat > 0])
    if names.size > 1:
        d = np.stack([np.where((flat == n)[:, None] != (flat == n), apart, np.inf).min(axis=1) for n in names])
        d = np.partition(d, 1, axis=0)
        weight = weight + w0 * np.exp(-0.5 * ((d[0] + d[1]) / sigma) ** 2)
    return weight.reshape(cells.shape)
""",
    ),
    weights(
        "early return, the border on both sides of each cell",
        """
def weight_map(cells, w0=10.0, sigma=5.0):
    size = cells.size
    cell_pixels = np.count_nonzero(cells)
    balance = np.zeros(cells.shape)
    if cell_pixels:
        balance[cells > 0] = size / (2 * cell_pixels)
    if size - cell_pixels:
        balance[cells == 0] = size / (2 * (size - cell_pixels))
    labels = [k for k in np.unique(cells) if k > 0]
    if len(labels) in (0, 1):
        return balance
    rows, columns = np.indices(cells.shape)
    near = []
    for k in labels:
        own = cells == k
        outside, inside = np.full(cells.shape, np.inf), np.full(cells.shape, np.inf)
        for u, v in np.argwhere(own):
            outside = np.minimum(outside, np.hypot(rows - u, columns - v))
        for u, v in np.argwhere(~own):
            inside = np.minimum(inside, np.hypot(rows - u, columns - v))
        near.append(np.maximum(outside, inside))
    near = np.sort(np.array(near), axis=0)
    return balance + w0 * np.exp(-np.square(near[0] + near[1]) / 2 / sigma / sigma)
""",
    ),
]
