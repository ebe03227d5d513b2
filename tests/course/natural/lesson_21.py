"""Natural answers to the exercises of lesson 21."""

from . import Natural

NUMPY = "import numpy as np\n\n"


def bound(about, source, hint=""):
    return Natural("21.upper_bound", about, NUMPY + source, hint)


def trimap(about, source, hint=""):
    return Natural("21.trimap_curve", about, NUMPY + source, hint)


ANSWERS = [
    bound(
        "the top left pixel of a cell",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    seen = labels[:, ::stride, ::stride]
    seen = seen.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "corner",
    ),
    bound(
        "the middle of the last cell may be outside: an index too large",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    rows = np.arange(H) // stride * stride + stride // 2
    cols = np.arange(W) // stride * stride + stride // 2
    pred = labels[:, rows][:, :, cols]
    pred = np.where(pred == ignore_index, 0, pred)
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "the lesson's through_grid, which needs a stride that divides",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    predictions = small.repeat(stride, axis=1).repeat(stride, axis=2)
    predictions = np.where(predictions == ignore_index, 0, predictions)
    matrix = confusion_matrix(labels, predictions, classes, ignore_index)
    return scores(matrix)[2]
""",
        "middle_outside drops_the_rest",
    ),
    bound(
        "the same, cropped to the picture: the last cells are missing",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    predictions = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    predictions = np.where(predictions == ignore_index, 0, predictions)
    h, w = predictions.shape[1:]
    return scores(confusion_matrix(labels[:, :h, :w], predictions, classes, ignore_index))[2]
""",
        "drops_the_rest",
    ),
    bound(
        "a label ignore_index in the middle stays",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    predictions = labels[:, r[:, None], c]
    return scores(confusion_matrix(labels, predictions, classes, ignore_index))[2]
""",
        "leaves_255",
    ),
    bound(
        "the truth is read as class 0 where nobody labelled it, too",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    labels = np.where(labels == ignore_index, 0, labels)
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    predictions = labels[:, r[:, None], c]
    return scores(confusion_matrix(labels, predictions, classes, ignore_index))[2]
""",
        "ignored_pixels_count",
    ),
    bound(
        "the commonest label of a cell",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros_like(labels)
    for n in range(N):
        for y in range(0, H, stride):
            for x in range(0, W, stride):
                cell = labels[n, y:y + stride, x:x + stride]
                known = cell[cell != ignore_index]
                best = np.bincount(known).argmax() if known.size else 0
                seen[n, y:y + stride, x:x + stride] = best
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "majority",
    ),
    bound(
        "the pixel accuracy",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[0]
""",
        "pixel_accuracy",
    ),
    bound(
        "the mean accuracy",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[1]
""",
        "mean_accuracy",
    ),
    bound(
        "all four scores",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))
""",
        "all_four_scores",
    ),
    bound(
        "the mean over the pictures of each one's mean IoU",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    results = []
    for picture in labels:
        seen = picture[r[:, None], c]
        seen = np.where(seen == ignore_index, 0, seen)
        results.append(scores(confusion_matrix(picture, seen, classes, ignore_index))[2])
    return np.mean(results)
""",
        "mean_over_pictures",
    ),
    bound(
        "predictions and labels change places",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(seen, labels, classes, ignore_index))[2]
""",
        "changed_places",
    ),
    bound(
        "(stride - 1) // 2 as the middle",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    middle = (stride - 1) // 2
    r = np.minimum(np.arange(H) // stride * stride + middle, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + middle, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "other_middle",
    ),
    bound(
        "255 is written in",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c].copy()
    seen[seen == 255] = 0
    return scores(confusion_matrix(labels, seen, classes))[2]
""",
        "always_255",
    ),
    bound(
        "ignore_index is not handed to confusion_matrix",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes))[2]
""",
        "always_255",
    ),
    bound(
        "writes the zeros into labels",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    matrix_labels = labels.copy()
    labels[labels == ignore_index] = 0
    r = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    c = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, r[:, None], c]
    return scores(confusion_matrix(matrix_labels, seen, classes, ignore_index))[2]
""",
        "pattern",
    ),
    bound(
        "columns are cut by the height",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    middle = np.minimum(np.arange(max(H, W)) // stride * stride + stride // 2, H - 1)
    seen = labels[:, middle[:H, None], middle[None, :W]]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "height_for_both",
    ),
    bound(
        "stride / 2 is a float",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros_like(labels)
    for y in range(H):
        for x in range(W):
            v = min(y // stride * stride + stride / 2, H - 1)
            u = min(x // stride * stride + stride / 2, W - 1)
            seen[:, y, x] = labels[:, v, u]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "no_such_index",
    ),
    bound(
        "what is outside comes from the other side",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    r = (np.arange(H) // stride * stride + stride // 2) % H
    c = (np.arange(W) // stride * stride + stride // 2) % W
    seen = labels[:, r[:, None], c]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "what is outside is class 0",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    padded = np.pad(labels, ((0, 0), (0, -H % stride), (0, -W % stride)))
    small = padded[:, stride // 2::stride, stride // 2::stride]
    seen = np.kron(small, np.ones((1, stride, stride), int))[:, :H, :W]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "the middle of a smaller cell is its own middle",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.empty_like(labels)
    for n in range(N):
        for y in range(0, H, stride):
            for x in range(0, W, stride):
                cell = labels[n, y:y + stride, x:x + stride]
                label = cell[cell.shape[0] // 2, cell.shape[1] // 2]
                seen[n, y:y + stride, x:x + stride] = 0 if label == ignore_index else label
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "own_middle",
    ),
    bound(
        "only whole cells are painted, the rest is class 0",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros_like(labels)
    for i in range(H // stride):
        for j in range(W // stride):
            y, x = i * stride, j * stride
            label = labels[:, y + stride // 2, x + stride // 2]
            label = np.where(label == ignore_index, 0, label)
            seen[:, y:y + stride, x:x + stride] = label[:, None, None]
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "drops_the_rest",
    ),
    bound(
        "only whole cells are painted, the rest is the truth",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = labels.copy()
    for n in range(N):
        for i in range(H // stride):
            for j in range(W // stride):
                y, x = i * stride, j * stride
                label = labels[n, y + stride // 2, x + stride // 2]
                seen[n, y:y + stride, x:x + stride] = label if label != ignore_index else 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "rest_is_the_truth",
    ),
    bound(
        "the first picture only",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[0][rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels[0], seen, classes, ignore_index))[2]
""",
        "first_picture_only",
    ),
    bound(
        "in per cent",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return 100 * scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "percent",
    ),
    bound(
        "an IoU of its own, in which a class that is nowhere is 0 / 0",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    known = labels != ignore_index
    iou = []
    for k in range(classes):
        a, b = (labels == k) & known, (seen == k) & known
        iou.append((a & b).sum() / (a | b).sum())
    return np.mean(iou)
""",
        "pattern absent_class_is_0",
    ),
    bound(
        "an IoU of its own, in which a class that is nowhere counts as 0",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    m = confusion_matrix(labels, seen, classes, ignore_index)
    union = m.sum(0) + m.sum(1) - np.diag(m)
    return np.mean(np.diag(m) / np.maximum(union, 1))
""",
        "absent_class_is_0",
    ),
    bound(
        "`* stride` is missing",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "number_of_the_cell",
    ),
    bound(
        "a pairing of rows and columns",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows, columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "no_such_index",
    ),
    bound(
        "every label that is not a class is 0, but ignore_index may be one",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen >= classes, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "always_255",
    ),
    bound(
        "returns the predictions",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    return np.where(seen == ignore_index, 0, seen)
""",
        "predictions_returned",
    ),
    trimap(
        "four neighbours: the band is a diamond",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        hi = np.where(known, labels, -1)
        lo = np.where(known, labels, 10**6)
        for _ in range(w):
            a, b = hi.copy(), lo.copy()
            a[:, 1:] = np.maximum(a[:, 1:], hi[:, :-1]); a[:, :-1] = np.maximum(a[:, :-1], hi[:, 1:])
            a[:, :, 1:] = np.maximum(a[:, :, 1:], hi[:, :, :-1]); a[:, :, :-1] = np.maximum(a[:, :, :-1], hi[:, :, 1:])
            b[:, 1:] = np.minimum(b[:, 1:], lo[:, :-1]); b[:, :-1] = np.minimum(b[:, :-1], lo[:, 1:])
            b[:, :, 1:] = np.minimum(b[:, :, 1:], lo[:, :, :-1]); b[:, :, :-1] = np.minimum(b[:, :, :-1], lo[:, :, 1:])
            hi, lo = a, b
        near = known & (hi > lo)
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "diamond",
    ),
    trimap(
        "unlabelled pixels make an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    curve = []
    for w in widths:
        right = total = 0
        for n in range(N):
            for y in range(H):
                for x in range(W):
                    if labels[n, y, x] == ignore_index:
                        continue
                    window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
                    if (window != labels[n, y, x]).any():
                        total += 1
                        right += labels[n, y, x] == predictions[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "ignored_area_has_an_edge",
    ),
    trimap(
        "the picture's border is an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=-1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * w + 1, 2 * w + 1), axis=(1, 2))
        other = (windows != labels[..., None, None]) & (windows != ignore_index)
        near = other.any(axis=(-1, -2)) & (labels != ignore_index)
        out.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(out)
""",
        "padding_makes_edges",
    ),
    trimap(
        "unlabelled pixels near an edge count as wrong",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    curve = []
    for w in widths:
        right = total = 0
        for n, y, x in np.ndindex(N, H, W):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            classes = set(window.ravel().tolist()) - {ignore_index}
            if len(classes) > 1:
                total += 1
                right += int(labels[n, y, x] == predictions[n, y, x])
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "ignored_pixels_count",
    ),
    trimap(
        "the mean over pictures of each one's share",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = np.zeros(len(widths))
    for i, w in enumerate(widths):
        shares = []
        for t, p in zip(labels, predictions):
            near = np.zeros(t.shape, bool)
            for y, x in np.ndindex(t.shape):
                window = t[max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
                near[y, x] = t[y, x] != ignore_index and ((window != t[y, x]) & (window != ignore_index)).any()
            if near.any():
                shares.append((t == p)[near].mean())
        curve[i] = np.mean(shares) if shares else np.nan
    return curve
""",
        "mean_of_means",
    ),
    trimap(
        "the share of wrong pixels",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    wrong = labels != predictions
    curve = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            window = window[window != ignore_index]
            near[n, y, x] = known[n, y, x] and (window != labels[n, y, x]).any()
        curve.append(wrong[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "share_of_errors",
    ),
    trimap(
        "rings: each pixel counts at one width only",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    right = labels == predictions
    def band(w):
        near = np.zeros(labels.shape, bool)
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            near[n, y, x] = known[n, y, x] and np.any((window != labels[n, y, x]) & (window != ignore_index))
        return near
    curve = []
    for w in widths:
        ring = band(w) & ~band(w - 1)
        curve.append(right[ring].mean() if ring.any() else np.nan)
    return np.array(curve)
""",
        "ring",
    ),
    trimap(
        "the edges of the predictions",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = predictions[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if counts[n, y, x] and (window != predictions[n, y, x]).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else float("nan"))
    return np.array(curve)
""",
        "edges_of_the_predictions",
    ),
    trimap(
        "0 where no pixel is near",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            other = (window != labels[n, y, x]) & (window != ignore_index)
            if counts[n, y, x] and other.any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / max(total, 1))
    return np.array(curve)
""",
        "0_where_there_is_nothing",
    ),
    trimap(
        "division by zero where no pixel is near",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            other = (window != labels[n, y, x]) & (window != ignore_index)
            if counts[n, y, x] and other.any():
                total += 1
                right += int(predictions[n, y, x] == labels[n, y, x])
        curve.append(right / total)
    return np.array(curve)
""",
        "divides_by_0",
    ),
    trimap(
        "a list",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        near = np.zeros_like(counts)
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            near[n, y, x] = counts[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any()
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return curve
""",
        "a_list",
    ),
    trimap(
        "255 is written in",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            other = (window != labels[n, y, x]) & (window != 255)
            if labels[n, y, x] != 255 and other.any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "always_255",
    ),
    trimap(
        "np.roll joins opposite borders",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for dy in range(-w, w + 1):
            for dx in range(-w, w + 1):
                moved = np.roll(labels, (dy, dx), axis=(1, 2))
                near |= (moved != labels) & (moved != ignore_index)
        near &= counts
        curve.append((predictions == labels)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "wraps_around",
    ),
    trimap(
        "only the pixel left of an edge or above it is near",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    curve = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, y:y + w + 1, x:x + w + 1]
            near[n, y, x] = counts[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any()
        curve.append((predictions == labels)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "one_side",
    ),
    trimap(
        "grows the pixels at an edge by width, which is one too many",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    known = labels != ignore_index
    edge = np.zeros((N, H, W), bool)
    for n, y, x in np.ndindex(N, H, W):
        window = labels[n, max(y - 1, 0):y + 2, max(x - 1, 0):x + 2]
        edge[n, y, x] = known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any()
    curve = []
    for w in widths:
        near = np.zeros((N, H, W), bool)
        for n, y, x in zip(*np.nonzero(edge)):
            near[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1] = True
        near &= known
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "grown_once_too_often",
    ),
    trimap(
        "grows the pixels at an edge by width - 1: an edge across unlabelled pixels is missed",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    known = labels != ignore_index
    edge = np.zeros((N, H, W), bool)
    for n, y, x in np.ndindex(N, H, W):
        window = labels[n, max(y - 1, 0):y + 2, max(x - 1, 0):x + 2]
        edge[n, y, x] = known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any()
    curve = []
    for w in widths:
        near = np.zeros((N, H, W), bool)
        for n, y, x in zip(*np.nonzero(edge)):
            near[n, max(y - w + 1, 0):y + w, max(x - w + 1, 0):x + w] = True
        near &= known
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "edges_first",
    ),
    trimap(
        "the pictures' neighbours are other pictures",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            box = labels[max(n - w, 0):n + w + 1, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if known[n, y, x] and ((box != labels[n, y, x]) & (box != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "over_pictures",
    ),
    trimap(
        "along rows only",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, y, max(x - w, 0):x + w + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "cross",
    ),
    trimap(
        "divides by the number of all pixels",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        near = np.zeros_like(known)
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            near[n, y, x] = ((window != labels[n, y, x]) & (window != ignore_index)).any()
        near &= known
        curve.append(np.mean(near & (labels == predictions)) if near.any() else np.nan)
    return np.array(curve)
""",
        "share_of_all_pixels",
    ),
    trimap(
        "a round band, by Euclid's distance",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    curve = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for dy in range(-w, w + 1):
            for dx in range(-w, w + 1):
                if dy * dy + dx * dx > w * w:
                    continue
                for n, y, x in np.ndindex(N, H, W):
                    if 0 <= y + dy < H and 0 <= x + dx < W:
                        other = labels[n, y + dy, x + dx]
                        near[n, y, x] |= other != labels[n, y, x] and other != ignore_index
        near &= labels != ignore_index
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "disc",
    ),
    trimap(
        "highest and lowest of all labels, the unlabelled with them",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = []
    for w in widths:
        wide = ((0, 0), (w, w), (w, w))
        view = np.lib.stride_tricks.sliding_window_view
        windows = view(np.pad(labels, wide, mode="edge"), (2 * w + 1, 2 * w + 1), axis=(1, 2))
        near = windows.max(axis=(3, 4)) > windows.min(axis=(3, 4))
        near &= labels != ignore_index
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
        "ignored_area_has_an_edge",
    ),
    trimap(
        "the window ends one pixel too early",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w, max(x - w, 0):x + w]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "one_side",
    ),
    trimap(
        "slices that begin below 0 are empty",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, y - w:y + w + 1, x - w:x + w + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "empty_windows",
    ),
    trimap(
        "all widths from 1 to the largest",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in range(1, max(widths) + 1):
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "all_widths",
    ),
    trimap(
        "each width grows what the last one left",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    hi, lo = np.where(known, labels, -1), np.where(known, labels, 1000)
    curve = []
    for w in widths:
        for _ in range(w):
            hi, lo = grow(hi, np.max), grow(lo, np.min)
        near = known & (hi != lo)
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)


def grow(x, f):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    H, W = x.shape[1:]
    return f([padded[:, i:i + H, j:j + W] for i in range(3) for j in range(3)], axis=0)
""",
        "grows_what_is_left",
    ),
    trimap(
        "grows on from width to width, which needs them in order",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    hi, lo = np.where(known, labels, -1), np.where(known, labels, 1000)
    curve, done = [], 0
    for w in widths:
        while done < w:
            hi, lo, done = grow(hi, np.max), grow(lo, np.min), done + 1
        near = known & (hi != lo)
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)


def grow(x, f):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    H, W = x.shape[1:]
    return f([padded[:, i:i + H, j:j + W] for i in range(3) for j in range(3)], axis=0)
""",
        "widths_in_order",
    ),
    trimap(
        "a window of width, not of 2 * width + 1",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            r = w // 2
            window = labels[n, max(y - r, 0):y + r + 1, max(x - r, 0):x + r + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "half_as_wide",
    ),
    trimap(
        "in per cent",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window != ignore_index)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(100 * right / total if total else np.nan)
    return np.array(curve)
""",
        "percent",
    ),
    trimap(
        "sets unlabelled pixels to -1 in the caller's array",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    labels[~known] = -1
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if known[n, y, x] and ((window != labels[n, y, x]) & (window >= 0)).any():
                total += 1
                right += predictions[n, y, x] == labels[n, y, x]
        curve.append(right / total if total else np.nan)
    return np.array(curve)
""",
        "writes_into_labels",
    ),
    trimap(
        "-1 in the lowest as in the highest: unlabelled pixels are an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    counts = labels != ignore_index
    masked = np.where(counts, labels, -1)
    hi = lo = masked
    bands = {}
    for w in range(1, max(widths) + 1):
        hi, lo = grow(hi, np.max), grow(lo, np.min)
        near = counts & (hi > lo)
        bands[w] = (labels == predictions)[near].mean() if near.any() else np.nan
    return np.array([bands[w] for w in widths])


def grow(x, f):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    H, W = x.shape[1:]
    return f([padded[:, i:i + H, j:j + W] for i in range(3) for j in range(3)], axis=0)
""",
        "ignored_area_has_an_edge",
    ),
    trimap(
        "the worked example",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    return np.array([0.5, 0.75])
""",
    ),
    # By a second author, who had read neither the planted mistakes nor the answers above ------------------------------
    bound(
        "a smaller cell has a middle of its own",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    out = np.zeros_like(labels)
    for top in range(0, H, stride):
        for left in range(0, W, stride):
            cell = labels[:, top : top + stride, left : left + stride]
            h, w = cell.shape[1:]
            keep = cell[:, h // 2, w // 2]
            out[:, top : top + stride, left : left + stride] = keep[:, None, None]
    out[out == ignore_index] = 0
    return scores(confusion_matrix(labels, out, classes, ignore_index))[2]
""",
        "own_middle",
    ),
    bound(
        "the most frequent label of a cell, as an oracle would choose it",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    seen = np.zeros_like(labels)
    for n in range(labels.shape[0]):
        for i in range(0, labels.shape[1], stride):
            for j in range(0, labels.shape[2], stride):
                cell = labels[n, i : i + stride, j : j + stride]
                known = cell[cell != ignore_index]
                if known.size:
                    seen[n, i : i + stride, j : j + stride] = np.bincount(known.ravel()).argmax()
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "majority",
    ),
    bound(
        "the middle is (stride - 1) // 2",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + (stride - 1) // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + (stride - 1) // 2, W - 1)
    pred = labels[:, rows][:, :, cols]
    pred = np.where(pred == ignore_index, 0, pred)
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[2]
""",
        "other_middle",
    ),
    bound(
        "the pixel accuracy: the first of the scores",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    pred = labels[:, rows][:, :, cols]
    pred = np.where(pred == ignore_index, 0, pred)
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[0]
""",
        "pixel_accuracy",
    ),
    bound(
        "the last of the scores, the frequency weighted IoU",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    pred = labels[:, rows][:, :, cols]
    pred = np.where(pred == ignore_index, 0, pred)
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[-1]
""",
        "weighted_by_frequency",
    ),
    bound(
        "all four scores",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    pred = labels[:, rows[:, None], cols]
    pred[pred == ignore_index] = 0
    return scores(confusion_matrix(labels, pred, classes, ignore_index))
""",
        "all_four_scores",
    ),
    bound(
        "a mean over the pictures of each one's mean IoU",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    total = []
    for picture in labels:
        H, W = picture.shape
        y = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
        x = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
        seen = picture[np.ix_(y, x)].copy()
        seen[seen == ignore_index] = 0
        total.append(scores(confusion_matrix(picture, seen, classes, ignore_index))[2])
    return np.mean(total)
""",
        "mean_over_pictures",
    ),
    bound(
        "returns inside the loop over the pictures",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    matrix = np.zeros((classes, classes), int)
    for picture in labels:
        H, W = picture.shape
        seen = np.zeros((H, W), int)
        for i in range(H):
            for j in range(W):
                y = min(i // stride * stride + stride // 2, H - 1)
                x = min(j // stride * stride + stride // 2, W - 1)
                seen[i, j] = picture[y, x] if picture[y, x] != ignore_index else 0
        matrix += confusion_matrix(picture, seen, classes, ignore_index)
        return scores(matrix)[2]
""",
        "first_picture_only",
    ),
    bound(
        "says nothing about a middle that nobody labelled",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    predictions = np.empty_like(labels)
    for u in range(H):
        for v in range(W):
            y = min(u // stride * stride + stride // 2, H - 1)
            x = min(v // stride * stride + stride // 2, W - 1)
            predictions[:, u, v] = labels[:, y, x]
    return scores(confusion_matrix(labels, predictions, classes, ignore_index))[2]
""",
        "leaves_255",
    ),
    bound(
        "makes class 0 of the labels themselves, in the caller's array",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    labels[labels == ignore_index] = 0
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    pred = labels[:, rows][:, :, cols]
    return scores(confusion_matrix(labels, pred, classes))[2]
""",
        "ignored_pixels_count",
    ),
    bound(
        "makes class 0 of all unlabelled pixels, and counts them",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    labels = np.where(labels == ignore_index, 0, labels)
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    pred = labels[:, rows][:, :, cols]
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[2]
""",
        "ignored_pixels_count",
    ),
    bound(
        "forgets to give the ignore label to confusion_matrix",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.clip(np.arange(H) // stride * stride + stride // 2, 0, H - 1)
    cols = np.clip(np.arange(W) // stride * stride + stride // 2, 0, W - 1)
    pred = labels[:, rows][:, :, cols]
    pred[pred == ignore_index] = 0
    return scores(confusion_matrix(labels, pred, classes))[2]
""",
        "always_255",
    ),
    bound(
        "255 written out where the middle is read",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.clip(np.arange(H) // stride * stride + stride // 2, 0, H - 1)
    cols = np.clip(np.arange(W) // stride * stride + stride // 2, 0, W - 1)
    pred = labels[:, rows][:, :, cols]
    pred[pred == 255] = 0
    return scores(confusion_matrix(labels, pred, classes, ignore_index))[2]
""",
        "always_255",
    ),
    bound(
        "the line of the text, cut to size: a last cell without a middle has no label",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1:]
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    predictions = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    predictions = np.where(predictions == ignore_index, 0, predictions)
    return scores(confusion_matrix(labels, predictions, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "the line of the text, and its last row and column repeated up to the border",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    big = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    big = np.pad(big, ((0, 0), (0, H - big.shape[1]), (0, W - big.shape[2])), mode="edge")
    big[big == ignore_index] = 0
    return scores(confusion_matrix(labels, big, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "zeros around the picture, so that a middle outside is class 0",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    padded = np.pad(labels, ((0, 0), (0, -H % stride), (0, -W % stride)))
    small = padded[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "pads with a mirror of the picture",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    padded = np.pad(labels, ((0, 0), (0, -H % stride), (0, -W % stride)), mode="symmetric")
    small = padded[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "takes every picture for a square",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    size = labels.shape[1]
    k = np.minimum(np.arange(size) // stride * stride + stride // 2, size - 1)
    seen = labels[:, k][:, :, k]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "sides_exchanged height_for_both",
    ),
    bound(
        "the nearest middle, as an interpolation would take it",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.round(np.arange(H) / stride).astype(int) * stride, H - 1)
    cols = np.minimum(np.round(np.arange(W) / stride).astype(int) * stride, W - 1)
    seen = labels[:, rows][:, :, cols]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "nearest_sample",
    ),
    bound(
        "in loops; a cell whose middle is outside keeps the 0 it began with",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros((N, H, W), dtype=int)
    for n in range(N):
        for i in range(0, H, stride):
            for j in range(0, W, stride):
                y, x = i + stride // 2, j + stride // 2
                if y < H and x < W and labels[n, y, x] != ignore_index:
                    seen[n, i : i + stride, j : j + stride] = labels[n, y, x]
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "middle_outside",
    ),
    bound(
        "a whole number of cells: rows and columns that are left over are cut off, of the truth, too",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    H, W = labels.shape[1] // stride * stride, labels.shape[2] // stride * stride
    labels = labels[:, :H, :W]
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "drops_the_rest",
    ),
    bound(
        "predictions first, labels second",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows][:, :, cols]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(seen, labels, classes, ignore_index))[2]
""",
        "changed_places",
    ),
    bound(
        "where the middle is unlabelled, the whole cell does not count",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows][:, :, cols]
    truth = np.where(seen == ignore_index, ignore_index, labels)
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(truth, seen, classes, ignore_index))[2]
""",
        "ignored_middle_does_not_count",
    ),
    bound(
        "a mean IoU of its own, over all classes, those too that are nowhere",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows][:, :, cols]
    seen[seen == ignore_index] = 0
    known = labels != ignore_index
    iou = 0
    for c in range(classes):
        both = ((labels == c) & (seen == c) & known).sum()
        either = (((labels == c) | (seen == c)) & known).sum()
        iou += both / max(either, 1)
    return iou / classes
""",
        "absent_class_is_0",
    ),
    bound(
        "the mean over the classes of the truth alone: one that is only predicted is left out",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    cols = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows][:, :, cols]
    seen[seen == ignore_index] = 0
    n = confusion_matrix(labels, seen, classes, ignore_index)
    there = n.sum(1) > 0
    hit = np.diag(n)[there]
    return np.mean(hit / (n.sum(1)[there] + n.sum(0)[there] - hit))
""",
        "only_classes_of_the_truth",
    ),
    bound(
        "the last cells are made whole: a full cell at the border in place of a smaller one",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros_like(labels)
    for top in range(0, H, stride):
        for left in range(0, W, stride):
            y, x = min(top, max(H - stride, 0)), min(left, max(W - stride, 0))
            a, b = min(y + stride // 2, H - 1), min(x + stride // 2, W - 1)
            seen[:, y : y + stride, x : x + stride] = labels[:, a, b][:, None, None]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
        "full_cells",
    ),
    trimap(
        "grows along rows and columns only, so that the square is a diamond",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    def spread(m):
        out = m.copy()
        out[:, 1:] |= m[:, :-1]
        out[:, :-1] |= m[:, 1:]
        out[:, :, 1:] |= m[:, :, :-1]
        out[:, :, :-1] |= m[:, :, 1:]
        return out
    edge = np.zeros(labels.shape, bool)
    d = (labels[:, 1:] != labels[:, :-1]) & known[:, 1:] & known[:, :-1]
    edge[:, 1:] |= d
    edge[:, :-1] |= d
    d = (labels[:, :, 1:] != labels[:, :, :-1]) & known[:, :, 1:] & known[:, :, :-1]
    edge[:, :, 1:] |= d
    edge[:, :, :-1] |= d
    result = []
    for width in widths:
        band = edge
        for _ in range(width - 1):
            band = spread(band)
        result.append((labels == predictions)[band & known].mean())
    return np.array(result)
""",
        "diamond",
    ),
    trimap(
        "the edge of width 1, grown width - 1 times: not across unlabelled pixels",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    N, H, W = labels.shape
    def spread(m):
        p = np.pad(m, ((0, 0), (1, 1), (1, 1)))
        return np.any([p[:, i : i + H, j : j + W] for i in range(3) for j in range(3)], axis=0)
    edge = np.zeros(labels.shape, bool)
    for c in np.unique(labels[known]):
        edge |= (labels == c) & spread(known & (labels != c))
    result = []
    for width in widths:
        band = edge.copy()
        for _ in range(width - 1):
            band = spread(band)
        band &= known
        result.append((labels == predictions)[band].mean() if band.any() else np.nan)
    return np.array(result, dtype=float)
""",
        "edges_first",
    ),
    trimap(
        "the edge of width 1, grown width times",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    N, H, W = labels.shape
    def spread(m):
        p = np.pad(m, ((0, 0), (1, 1), (1, 1)))
        return np.any([p[:, i : i + H, j : j + W] for i in range(3) for j in range(3)], axis=0)
    edge = np.zeros(labels.shape, bool)
    for c in np.unique(labels[known]):
        edge |= (labels == c) & spread(known & (labels != c))
    result = []
    for width in widths:
        band = edge.copy()
        for _ in range(width):
            band = spread(band)
        band &= known
        result.append((labels == predictions)[band].mean() if band.any() else np.nan)
    return np.array(result, dtype=float)
""",
        "grown_once_too_often",
    ),
    trimap(
        "a ring for each width: those within it, but not within the one before",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    known = labels != ignore_index
    before = np.zeros(labels.shape, bool)
    out = []
    for r in widths:
        near = np.zeros(labels.shape, bool)
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    square = labels[n, max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1]
                    near[n, i, j] = known[n, i, j] and ((square != labels[n, i, j]) & (square != ignore_index)).any()
        ring = near & ~before
        before = near
        out.append((labels == predictions)[ring].mean() if ring.any() else np.nan)
    return np.array(out)
""",
        "ring",
    ),
    trimap(
        "where unlabelled pixels begin is an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for r in widths:
        right = total = 0
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    if labels[n, i, j] == ignore_index:
                        continue
                    square = labels[n, max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1]
                    if (square != labels[n, i, j]).any():
                        total += 1
                        right += labels[n, i, j] == predictions[n, i, j]
        out.append(right / total if total else np.nan)
    return np.array(out)
""",
        "ignored_area_has_an_edge",
    ),
    trimap(
        "unlabelled pixels count as wrong",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for r in widths:
        right = total = 0
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    square = labels[n, max(i - r, 0) : i + r + 1, max(j - r, 0) : j + r + 1]
                    if ((square != labels[n, i, j]) & (square != ignore_index)).any():
                        total += 1
                        right += labels[n, i, j] == predictions[n, i, j]
        out.append(right / total if total else np.nan)
    return np.array(out)
""",
        "ignored_pixels_count",
    ),
    trimap(
        "pads with -1, so that the border of the picture is an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels.astype(int), ((0, 0), (w, w), (w, w)), constant_values=-1)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(out)
""",
        "padding_makes_edges",
    ),
    trimap(
        "np.roll: what leaves on one side comes in on the other",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    out = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for dy in range(-w, w + 1):
            for dx in range(-w, w + 1):
                moved = np.roll(labels, (dy, dx), axis=(1, 2))
                near |= (moved != labels) & (moved != ignore_index)
        near &= labels != ignore_index
        out.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(out)
""",
        "wraps_around",
    ),
    trimap(
        "the mean over the pictures of each one's share",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        shares = [(l == p)[b].mean() for l, p, b in zip(labels, predictions, near) if b.any()]
        out.append(np.mean(shares) if shares else np.nan)
    return np.array(out)
""",
        "mean_of_means",
    ),
    trimap(
        "0 where no pixel is near an edge",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = np.zeros(len(widths))
    for k, w in enumerate(widths):
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out[k] = (near & (labels == predictions)).sum() / max(near.sum(), 1)
    return out
""",
        "0_where_there_is_nothing",
    ),
    trimap(
        "a list, not an array",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out.append((near & (labels == predictions)).sum() / near.sum() if near.any() else float("nan"))
    return out
""",
        "a_list",
    ),
    trimap(
        "right pixels of the band, as a share of all pixels",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out.append(np.mean(near & (labels == predictions)))
    return np.array(out)
""",
        "share_of_all_pixels",
    ),
    trimap(
        "the share of errors",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out.append(np.mean(labels[near] != predictions[near]) if near.any() else np.nan)
    return np.array(out)
""",
        "share_of_errors",
    ),
    trimap(
        "the edges of the predictions",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(predictions, ((0, 0), (w, w), (w, w)), mode="edge")
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                near |= padded[:, i : i + H, j : j + W] != predictions
        near &= labels != ignore_index
        out.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(out)
""",
        "edges_of_the_predictions",
    ),
    trimap(
        "range(-width, width): the square lacks its last row and column",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for r in widths:
        hits = []
        for n in range(N):
            for y in range(H):
                for x in range(W):
                    c = labels[n, y, x]
                    if c == ignore_index:
                        continue
                    near = False
                    for dy in range(-r, r):
                        for dx in range(-r, r):
                            if 0 <= y + dy < H and 0 <= x + dx < W:
                                other = labels[n, y + dy, x + dx]
                                near = near or (other != c and other != ignore_index)
                    if near:
                        hits.append(c == predictions[n, y, x])
        out.append(np.mean(hits) if hits else np.nan)
    return np.array(out)
""",
        "one_side",
    ),
    trimap(
        "a square of `width` pixels around each pixel, not of 2 * width + 1",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for width in widths:
        r = width // 2
        hits = []
        for n in range(N):
            for y in range(H):
                for x in range(W):
                    c = labels[n, y, x]
                    square = labels[n, max(0, y - r) : y + r + 1, max(0, x - r) : x + r + 1]
                    if c != ignore_index and ((square != c) & (square != ignore_index)).any():
                        hits.append(c == predictions[n, y, x])
        out.append(np.mean(hits) if hits else np.nan)
    return np.array(out)
""",
        "half_as_wide",
    ),
    trimap(
        "a slice that begins below 0 is empty: nothing at the top and left is near",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for r in widths:
        hits = []
        for n in range(N):
            for y in range(H):
                for x in range(W):
                    c = labels[n, y, x]
                    square = labels[n, y - r : y + r + 1, x - r : x + r + 1]
                    if c != ignore_index and ((square != c) & (square != ignore_index)).any():
                        hits.append(c == predictions[n, y, x])
        out.append(np.mean(hits) if hits else np.nan)
    return np.array(out)
""",
        "empty_windows",
    ),
    trimap(
        "looks along the row and the column of a pixel, not in the square",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    out = []
    for r in widths:
        hits = []
        for n in range(N):
            for y in range(H):
                for x in range(W):
                    c = labels[n, y, x]
                    cross = np.concatenate([labels[n, max(0, y - r) : y + r + 1, x], labels[n, y, max(0, x - r) : x + r + 1]])
                    if c != ignore_index and ((cross != c) & (cross != ignore_index)).any():
                        hits.append(c == predictions[n, y, x])
        out.append(np.mean(hits) if hits else np.nan)
    return np.array(out)
""",
        "cross",
    ),
    trimap(
        "a circle: the distance of Pythagoras",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    known = labels != ignore_index
    y, x = np.mgrid[:H, :W].reshape(2, -1)
    far = np.hypot(y[:, None] - y, x[:, None] - x)
    distance = np.full((N, H * W), np.inf)
    for n in range(N):
        flat, ok = labels[n].ravel(), known[n].ravel()
        other = (flat[:, None] != flat) & ok
        distance[n] = np.where(other, far, np.inf).min(axis=1)
    distance = distance.reshape(labels.shape)
    out = []
    for w in widths:
        near = (distance <= w) & known
        out.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(out)
""",
        "disc",
    ),
    trimap(
        "one step of growing for each number of widths, whatever it is",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    low = np.where(known, labels, 10**6).astype(int)
    high = np.where(known, labels, -1).astype(int)
    curve = []
    for width in widths:
        low, high = grow(low, np.minimum), grow(high, np.maximum)
        near = known & (low < high)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    out = x.copy()
    out[:, 1:] = extreme(out[:, 1:], x[:, :-1])
    out[:, :-1] = extreme(out[:, :-1], x[:, 1:])
    both = out.copy()
    both[:, :, 1:] = extreme(both[:, :, 1:], out[:, :, :-1])
    both[:, :, :-1] = extreme(both[:, :, :-1], out[:, :, 1:])
    return both
""",
        "one_step_a_width",
    ),
    trimap(
        "grows on from one width to the next: takes them for sorted",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    low = np.where(known, labels, 10**6).astype(int)
    high = np.where(known, labels, -1).astype(int)
    curve, done = [], 0
    for width in widths:
        while done < width:
            low, high = grow(low, np.minimum), grow(high, np.maximum)
            done += 1
        near = known & (low < high)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    out = x.copy()
    out[:, 1:] = extreme(out[:, 1:], x[:, :-1])
    out[:, :-1] = extreme(out[:, :-1], x[:, 1:])
    both = out.copy()
    both[:, :, 1:] = extreme(both[:, :, 1:], out[:, :, :-1])
    both[:, :, :-1] = extreme(both[:, :, :-1], out[:, :, 1:])
    return both
""",
        "widths_in_order",
    ),
    trimap(
        "grow works in place: a label runs through the whole picture in one step",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for width in widths:
        low = np.where(known, labels, 10**6).astype(int)
        high = np.where(known, labels, -1).astype(int)
        for _ in range(width):
            low, high = grow(low, np.minimum), grow(high, np.maximum)
        near = known & (low < high)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    for i in range(1, x.shape[1]):
        x[:, i] = extreme(x[:, i], x[:, i - 1])
    for i in range(x.shape[1] - 1):
        x[:, i] = extreme(x[:, i], x[:, i + 1])
    for j in range(1, x.shape[2]):
        x[:, :, j] = extreme(x[:, :, j], x[:, :, j - 1])
    for j in range(x.shape[2] - 1):
        x[:, :, j] = extreme(x[:, :, j], x[:, :, j + 1])
    return x
""",
        "runs_on",
    ),
    trimap(
        "the largest and smallest label of the square, with 255 among them",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = []
    for width in widths:
        low = high = labels
        for _ in range(width):
            low, high = grow(low, np.minimum), grow(high, np.maximum)
        near = (low != high) & (labels != ignore_index)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    p = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    p = extreme(extreme(p[:, :-2], p[:, 1:-1]), p[:, 2:])
    return extreme(extreme(p[:, :, :-2], p[:, :, 1:-1]), p[:, :, 2:])
""",
        "ignored_area_has_an_edge",
    ),
    trimap(
        "unlabelled pixels become class 0 first",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    truth = np.where(labels == ignore_index, 0, labels)
    curve = []
    for width in widths:
        low = high = truth
        for _ in range(width):
            low, high = grow(low, np.minimum), grow(high, np.maximum)
        near = (low != high) & (labels != ignore_index)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    p = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    p = extreme(extreme(p[:, :-2], p[:, 1:-1]), p[:, 2:])
    return extreme(extreme(p[:, :, :-2], p[:, :, 1:-1]), p[:, :, 2:])
""",
        "ignored_is_class_0",
    ),
    trimap(
        "-1 for unlabelled pixels, in the labels' own type: with uint8 it does not fit",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    known = labels != ignore_index
    curve = []
    for width in widths:
        low, high = labels.copy(), labels.copy()
        low[~known] = labels.max() + 1
        high[~known] = -1
        for _ in range(width):
            low, high = grow(low, np.minimum), grow(high, np.maximum)
        near = known & (low != high)
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)


def grow(x, extreme):
    p = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    p = extreme(extreme(p[:, :-2], p[:, 1:-1]), p[:, 2:])
    return extreme(extreme(p[:, :, :-2], p[:, :, 1:-1]), p[:, :, 2:])
""",
        "writes_into_labels",
    ),
    trimap(
        "255 written out, the argument is never read",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    known = labels != 255
    curve = []
    for width in widths:
        near = np.zeros(labels.shape, bool)
        for n, y, x in zip(*np.nonzero(known)):
            square = labels[n, max(0, y - width) : y + width + 1, max(0, x - width) : x + width + 1]
            near[n, y, x] = ((square != labels[n, y, x]) & (square != 255)).any()
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)
""",
        "always_255",
    ),
    trimap(
        "the square reaches into the neighbouring pictures of the batch",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = []
    for width in widths:
        near = np.zeros(labels.shape, bool)
        for n, y, x in zip(*np.nonzero(labels != ignore_index)):
            lo = np.maximum(np.array([n, y, x]) - width, 0)
            block = labels[lo[0] : n + width + 1, lo[1] : y + width + 1, lo[2] : x + width + 1]
            near[n, y, x] = ((block != labels[n, y, x]) & (block != ignore_index)).any()
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)
""",
        "over_pictures",
    ),
    trimap(
        "only the pixel on one side of an edge is near it",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    curve = []
    for width in widths:
        near = np.zeros(labels.shape, bool)
        for n, y, x in zip(*np.nonzero(labels != ignore_index)):
            square = labels[n, y : y + width + 1, x : x + width + 1]
            near[n, y, x] = ((square != labels[n, y, x]) & (square != ignore_index)).any()
        curve.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(curve)
""",
        "one_side",
    ),
]

RIGHT = [
    bound(
        "pads by repeating the last row and column",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    padded = np.pad(labels, ((0, 0), (0, stride), (0, stride)), mode="edge")
    small = padded[:, stride // 2 : H + stride // 2 : stride, stride // 2 : W + stride // 2 : stride]
    seen = small.repeat(stride, axis=1).repeat(stride, axis=2)[:, :H, :W]
    seen[seen == ignore_index] = 0
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
""",
    ),
    bound(
        "loops over cells",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    N, H, W = labels.shape
    seen = np.zeros((N, H, W), dtype=int)
    for top in range(0, H, stride):
        for left in range(0, W, stride):
            for n in range(N):
                label = labels[n, min(top + stride // 2, H - 1), min(left + stride // 2, W - 1)]
                if label != ignore_index:
                    seen[n, top:top + stride, left:left + stride] = label
    pixel, mean, iou, weighted = scores(confusion_matrix(labels, seen, classes, ignore_index))
    return iou
""",
    ),
    bound(
        "np.ix_, clip, picture by picture into one matrix",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    def middles(size):
        i = np.arange(size)
        return np.clip(i - i % stride + stride // 2, None, size - 1)

    matrix = 0
    for picture in labels:
        seen = picture[np.ix_(middles(picture.shape[0]), middles(picture.shape[1]))]
        matrix = matrix + confusion_matrix(picture, seen * (seen != ignore_index), classes, ignore_index)
    return float(scores(matrix)[2])
""",
    ),
    bound(
        "an IoU of its own, without classes that are nowhere",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    _, H, W = labels.shape
    y = [min(i // stride * stride + stride // 2, H - 1) for i in range(H)]
    x = [min(i // stride * stride + stride // 2, W - 1) for i in range(W)]
    seen = np.take(np.take(labels, y, axis=1), x, axis=2)
    seen = np.where(seen == ignore_index, 0, seen)
    known = labels != ignore_index
    iou = []
    for k in range(classes):
        union = known & ((labels == k) | (seen == k))
        if union.any():
            iou.append((known & (labels == k) & (seen == k)).sum() / union.sum())
    return np.mean(iou) if iou else np.nan
""",
    ),
    bound(
        "take with mode clip",
        """
def upper_bound(labels, stride, classes, ignore_index=255):
    seen = labels.copy()
    for axis in 1, 2:
        places = np.arange(labels.shape[axis]) // stride * stride + stride // 2
        seen = seen.take(places, axis=axis, mode="clip")
    seen[seen == ignore_index] = 0
    m = confusion_matrix(labels, seen, classes, ignore_index)
    return scores(m)[2]
""",
    ),
    trimap(
        "loops",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    curve = []
    for w in widths:
        right, total = 0, 0
        for n, y, x in np.ndindex(labels.shape):
            if labels[n, y, x] == ignore_index:
                continue
            window = labels[n, max(y - w, 0):y + w + 1, max(x - w, 0):x + w + 1]
            if len(set(window.ravel().tolist()) - {ignore_index}) > 1:
                total += 1
                right += int(predictions[n, y, x] == labels[n, y, x])
        curve.append(right / total if total else np.nan)
    return np.array(curve, dtype=float)
""",
    ),
    trimap(
        "a sliding window over a picture padded with ignore_index",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    labels = labels.astype(int)
    counts = labels != ignore_index
    curve = np.full(len(widths), np.nan)
    for i, w in enumerate(widths):
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), constant_values=ignore_index)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * w + 1, 2 * w + 1), axis=(1, 2))
        other = (windows != labels[..., None, None]) & (windows != ignore_index)
        near = counts & other.any(axis=(-2, -1))
        if near.sum() > 0:
            curve[i] = np.sum((labels == predictions) & near) / near.sum()
    return curve
""",
    ),
    trimap(
        "the distance to another class, measured once",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    distance = np.full(labels.shape, H + W)
    v, u = np.indices((H, W))
    for n in range(N):
        for y, x in zip(*np.nonzero(labels[n] != ignore_index)):
            other = (labels[n] != labels[n, y, x]) & (labels[n] != ignore_index)
            if other.any():
                distance[n, y, x] = np.maximum(abs(v - y), abs(u - x))[other].min()
    right = labels == predictions
    bands = [distance <= min(w, H + W - 1) for w in widths]
    return np.array([right[band].mean() if band.any() else np.nan for band in bands])
""",
    ),
    trimap(
        "a mask of each class grows, by cumulative sums",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    known = labels != ignore_index
    def counted(mask, w):
        table = np.zeros((N, H + 1, W + 1), dtype=int)
        table[:, 1:, 1:] = mask.cumsum(axis=1).cumsum(axis=2)
        top, bottom = np.maximum(np.arange(H) - w, 0)[:, None], np.minimum(np.arange(H) + w + 1, H)[:, None]
        left, right = np.maximum(np.arange(W) - w, 0), np.minimum(np.arange(W) + w + 1, W)
        return table[:, bottom, right] - table[:, top, right] - table[:, bottom, left] + table[:, top, left]
    curve = []
    for w in widths:
        every = counted(known, w)
        near = np.zeros(labels.shape, bool)
        for k in np.unique(labels[known]):
            near |= (labels == k) & (counted(labels == k, w) < every)
        curve.append((labels == predictions)[near].mean() if near.any() else np.nan)
    return np.array(curve)
""",
    ),
    trimap(
        "the mean of no numbers is nan, with a warning",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    N, H, W = labels.shape
    curve = []
    for w in widths:
        near = np.zeros(labels.shape, bool)
        for dy in range(-min(w, H - 1), min(w, H - 1) + 1):
            for dx in range(-min(w, W - 1), min(w, W - 1) + 1):
                here = slice(None), slice(max(0, -dy), H - max(0, dy)), slice(max(0, -dx), W - max(0, dx))
                there = slice(None), slice(max(0, dy), H - max(0, -dy)), slice(max(0, dx), W - max(0, -dx))
                near[here] |= (labels[here] != labels[there]) & (labels[there] != ignore_index)
        near &= labels != ignore_index
        curve.append(np.mean(labels[near] == predictions[near]))
    return np.array(curve)
""",
    ),
    trimap(
        "pads with the mirrored picture: what it shows is no farther away",
        """
def trimap_curve(labels, predictions, widths, ignore_index=255):
    _, H, W = labels.shape
    out = []
    for w in widths:
        padded = np.pad(labels, ((0, 0), (w, w), (w, w)), mode="reflect")
        near = np.zeros(labels.shape, bool)
        for i in range(2 * w + 1):
            for j in range(2 * w + 1):
                other = padded[:, i : i + H, j : j + W]
                near |= (other != labels) & (other != ignore_index)
        near &= labels != ignore_index
        out.append(np.mean(labels[near] == predictions[near]) if near.any() else np.nan)
    return np.array(out)
""",
    ),
]
