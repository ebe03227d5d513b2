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
]
