"""Lesson 15 as students might answer it: ANSWERS, all of them wrong, and RIGHT, in unusual styles.

They were written from the student's notebook alone, before anybody looked at the planted mistakes.
"""

from textwrap import dedent, indent

from . import Natural

HEADS = {
    "Conv2d": """
class Conv2d:
    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

""",
    "MaxPool2d": """
class MaxPool2d:
    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

""",
    "BatchNorm2d": """
class BatchNorm2d:
    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

""",
}


def methods(exercise, about, source, hint=""):
    """An answer whose class begins as in the notebook."""
    return Natural(f"15.{exercise}", about, HEADS[exercise] + indent(dedent(source), "    "), hint)


def conv(about, source, hint=""):
    return methods("Conv2d", about, source, hint)


def pool(about, source, hint=""):
    return methods("MaxPool2d", about, source, hint)


def norm(about, forward, backward, hint=""):
    return methods("BatchNorm2d", about, dedent(forward) + dedent(backward), hint)


# The two halves of a batch norm that is right, to put beside a wrong one.
FORWARD = """
    def forward(self, x, weight, bias):
        if self.training:
            mean = x.mean(axis=(0, 2, 3))
            var = x.var(axis=(0, 2, 3))
            n = x.shape[0] * x.shape[2] * x.shape[3]
            self.running_mean[:] = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var[:] = (1 - self.momentum) * self.running_var + self.momentum * var * n / (n - 1)
        else:
            mean, var = self.running_mean, self.running_var
        mean, var = mean.reshape(1, -1, 1, 1), var.reshape(1, -1, 1, 1)
        self.std = np.sqrt(var + self.eps)
        self.h = (x - mean) / self.std
        self.w = weight.reshape(1, -1, 1, 1)
        return self.w * self.h + bias.reshape(1, -1, 1, 1)
"""
BACKWARD = """
    def backward(self, grad):
        db = grad.sum(axis=(0, 2, 3))
        dw = (grad * self.h).sum(axis=(0, 2, 3))
        if not self.training:
            return grad * self.w / self.std, dw, db
        n = grad.shape[0] * grad.shape[2] * grad.shape[3]
        dx = self.w / self.std * (grad - db.reshape(1, -1, 1, 1) / n - self.h * dw.reshape(1, -1, 1, 1) / n)
        return dx, dw, db
"""


def changed(source, *pairs):
    """A source with pieces exchanged: (old, new) pairs."""
    for old, new in pairs:
        assert old in source, old
        source = source.replace(old, new)
    return source


ANSWERS = [
    # Conv2d -----------------------------------------------------------------------------------------------------------
    conv("the bias is added without axes for height and width, so it runs along the columns", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="bias_along_the_columns"),
    conv("forgets the bias in forward", """
        def forward(self, x, weight, bias):
            self.cache = (x, weight, bias)
            out = conv_forward(x, weight, stride=self.stride, padding=self.padding)
            return out

        def backward(self, grad):
            x, weight, bias = self.cache
            dx = conv_backward_input(grad, weight, x.shape[2:], self.stride, self.padding)
            dw = conv_backward_weight(x, grad, weight.shape[2:], self.stride, self.padding)
            db = np.sum(grad, axis=(0, 2, 3))
            return dx, dw, db
    """, hint="no_bias"),
    conv("the bias is a column of (K, 1), which runs along the rows of the picture", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias.reshape(-1, 1)

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="bias_along_the_rows"),
    conv("dL/dbias is the sum of everything, one number", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[None, :, None, None]

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            return gx, gw, np.array([grad.sum()])
    """, hint="dbias_is_one_for_all"),
    conv("dL/dbias keeps one row for each picture: (N, K)", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[None, :, None, None]

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            gb = grad.sum(axis=(2, 3))
            return gx, gw, gb
    """, hint="dbias_of_each_picture"),
    conv("dL/dbias is a mean", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            y = conv_forward(x, weight, self.stride, self.padding)
            for k in range(len(bias)):
                y[:, k] += bias[k]
            return y

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            return gx, gw, grad.mean(axis=(0, 2, 3))
    """, hint="dbias_is_a_mean"),
    conv("dL/dbias keeps its axes of 1", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias.reshape(1, -1, 1, 1)

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            return gx, gw, grad.sum(axis=(0, 2, 3), keepdims=True)
    """, hint="dbias_keeps_its_axes"),
    conv("backward forgets the settings, which default to stride 1 and no padding", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias.reshape(1, -1, 1, 1)

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:])
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:])
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="backward_forgets_both"),
    conv("pads by itself, and returns the gradient of the padded picture", """
        def forward(self, x, weight, bias):
            p = self.padding
            self.x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
            self.weight = weight
            return conv_forward(self.x, weight, self.stride) + bias.reshape(1, -1, 1, 1)

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="gradient_of_the_padded_picture"),
    conv("stores x and weight on the class", """
        def forward(self, x, weight, bias):
            Conv2d.x = x
            Conv2d.weight = weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]

        def backward(self, grad):
            gx = conv_backward_input(grad, Conv2d.weight, Conv2d.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(Conv2d.x, grad, Conv2d.weight.shape[2:], self.stride, self.padding)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="kept_on_the_class"),
    conv("hands over the whole shape of x as the size", """
        def forward(self, x, weight, bias):
            self.saved = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]

        def backward(self, grad):
            x, weight = self.saved
            gx = conv_backward_input(grad, weight, x.shape, self.stride, self.padding)
            gw = conv_backward_weight(x, grad, weight.shape, self.stride, self.padding)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="all_four_sizes"),
    conv("divides the parameters' gradients by the number of pictures", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]

        def backward(self, grad):
            N = len(grad)
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding) / N
            return gx, gw, grad.sum(axis=(0, 2, 3)) / N
    """, hint="divides_by_the_batch"),
    conv("returns the gradients in another order: weight, bias, x", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]

        def backward(self, grad):
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
            gb = grad.sum(axis=(0, 2, 3))
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
            return gw, gb, gx
    """, hint="x_last"),
    conv("exchanges stride and padding", """
        def forward(self, x, weight, bias):
            self.x, self.weight = x, weight
            return conv_forward(x, weight, self.padding, self.stride) + bias[:, None, None]

        def backward(self, grad):
            gx = conv_backward_input(grad, self.weight, self.x.shape[2:], self.padding, self.stride)
            gw = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.padding, self.stride)
            return gx, gw, grad.sum(axis=(0, 2, 3))
    """, hint="padding_for_stride"),
    # MaxPool2d --------------------------------------------------------------------------------------------------------
    pool("forward returns the places as well", """
        def forward(self, x):
            self.size = x.shape[2:]
            y, self.index = max_pool2d(x, *self.settings)
            return y, self.index

        def backward(self, grad):
            return max_pool2d_backward(grad, self.index, self.size)
    """, hint="both_results"),
    pool("the size of y instead of x", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            self.size = y.shape[2:]
            return y

        def backward(self, grad):
            return max_pool2d_backward(grad, self.index, self.size)
    """, hint="size_of_the_result"),
    pool("hands over all four lengths of x as the size", """
        def forward(self, x):
            self.x = x
            y, self.index = max_pool2d(x, *self.settings)
            return y

        def backward(self, grad):
            return max_pool2d_backward(grad, self.index, self.x.shape)
    """, hint="whole_shape"),
    pool("ceil_mode is not handed on", """
        def forward(self, x):
            kernel_size, stride, padding, ceil_mode = self.settings
            self.shape = x.shape
            values, self.places = max_pool2d(x, kernel_size, stride, padding)
            return values

        def backward(self, grad):
            return max_pool2d_backward(grad, self.places, self.shape[2:])
    """, hint="ignores_ceil_mode"),
    pool("height and width are exchanged in the size", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            N, C, self.W, self.H = x.shape
            return y

        def backward(self, grad):
            return max_pool2d_backward(grad, self.index, (self.H, self.W))
    """, hint="size_swapped"),
    pool("the places are stored on the class", """
        index = None
        size = None

        def forward(self, x):
            y, MaxPool2d.index = max_pool2d(x, *self.settings)
            MaxPool2d.size = x.shape[2:]
            return y

        def backward(self, grad):
            return max_pool2d_backward(grad, MaxPool2d.index, MaxPool2d.size)
    """, hint="kept_on_the_class"),
    pool("a tuple of one gradient, as Conv2d returns a tuple", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            self.size = x.shape[2:]
            return y

        def backward(self, grad):
            return (max_pool2d_backward(grad, self.index, self.size),)
    """, hint="a_tuple"),
    pool("windows that overlap overwrite each other's gradient", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            self.shape = x.shape
            return y

        def backward(self, grad):
            N, C, H, W = self.shape
            gx = np.zeros((N, C, H * W), grad.dtype)
            for n in range(N):
                for c in range(C):
                    gx[n, c, self.index[n, c].ravel()] = grad[n, c].ravel()
            return gx.reshape(self.shape)
    """, hint="overlaps_overwrite"),
    pool("+= with a list of places, which counts a place only once", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            self.shape = x.shape
            return y

        def backward(self, grad):
            N, C, H, W = self.shape
            gx = np.zeros((N, C, H * W), grad.dtype)
            n = np.arange(N)[:, None, None, None]
            c = np.arange(C)[None, :, None, None]
            gx[n, c, self.index] += grad
            return gx.reshape(self.shape)
    """, hint="overlaps_overwrite"),
    pool("backward empties what forward stored, so it works once", """
        def forward(self, x):
            y, index = max_pool2d(x, *self.settings)
            self.cache = [(index, x.shape[2:])]
            return y

        def backward(self, grad):
            index, size = self.cache.pop()
            return max_pool2d_backward(grad, index, size)
    """, hint="works_once"),
    pool("right for windows of 2 x 2 with stride 2 only, written by reshaping", """
        def forward(self, x):
            N, C, H, W = x.shape
            self.x = x
            self.y = x[:, :, :H // 2 * 2, :W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))
            return self.y

        def backward(self, grad):
            up = lambda a: a.repeat(2, axis=2).repeat(2, axis=3)
            H, W = self.x.shape[2:]
            out = np.zeros_like(self.x)
            x = self.x[:, :, :H // 2 * 2, :W // 2 * 2]
            out[:, :, :H // 2 * 2, :W // 2 * 2] = (x == up(self.y)) * up(grad)
            return out
    """, hint="two_by_two_only"),
    pool("a gradient of float64 whatever grad is", """
        def forward(self, x):
            y, self.index = max_pool2d(x, *self.settings)
            self.shape = x.shape
            return y

        def backward(self, grad):
            gx = np.zeros(self.shape)
            N, C, H, W = self.shape
            for n, c, u, v in np.ndindex(*grad.shape):
                row, column = divmod(self.index[n, c, u, v], W)
                gx[n, c, row, column] += grad[n, c, u, v]
            return gx
    """, hint="becomes_float64"),
    # BatchNorm2d ------------------------------------------------------------------------------------------------------
    norm("statistics of each picture by itself (instance norm)",
         changed(FORWARD, ("mean = x.mean(axis=(0, 2, 3))", "mean = x.mean(axis=(2, 3))"),
                 ("var = x.var(axis=(0, 2, 3))", "var = x.var(axis=(2, 3))"),
                 ("self.momentum * mean", "self.momentum * mean.mean(0)"),
                 ("self.momentum * var *", "self.momentum * var.mean(0) *"),
                 ("mean, var = mean.reshape(1, -1, 1, 1), var.reshape(1, -1, 1, 1)",
                  "C = x.shape[1]; mean, var = mean.reshape(-1, C, 1, 1), var.reshape(-1, C, 1, 1)")), BACKWARD, hint="each_picture_by_itself"),
    norm("statistics over the pictures only, one for each pixel", """
        def forward(self, x, weight, bias):
            mean, var = self.running_mean, self.running_var
            if self.training:
                mean, var = x.mean(axis=0), x.var(axis=0)
                n = x.shape[0]
                self.running_mean *= 1 - self.momentum
                self.running_mean += self.momentum * mean.mean(axis=(1, 2))
                self.running_var *= 1 - self.momentum
                self.running_var += self.momentum * var.mean(axis=(1, 2)) * n / (n - 1)
            else:
                mean, var = mean[:, None, None], var[:, None, None]
            self.std = np.sqrt(var + self.eps)
            self.h = (x - mean) / self.std
            self.w = weight[:, None, None]
            return self.w * self.h + bias[:, None, None]
         """, BACKWARD, hint="over_pictures_only"),
    norm("the unbiased variance normalizes, too",
         changed(FORWARD, ("var = x.var(axis=(0, 2, 3))", "var = x.var(axis=(0, 2, 3), ddof=1)"),
                 ("self.momentum * var * n / (n - 1)", "self.momentum * var")), BACKWARD, hint="unbiased_everywhere"),
    norm("the running variance collects the biased one",
         changed(FORWARD, (" * n / (n - 1)", "")), BACKWARD, hint="biased_running_variance"),
    norm("momentum and 1 - momentum exchanged",
         changed(FORWARD, ("(1 - self.momentum) * self.running_mean + self.momentum *",
                           "self.momentum * self.running_mean + (1 - self.momentum) *"),
                 ("(1 - self.momentum) * self.running_var + self.momentum *",
                  "self.momentum * self.running_var + (1 - self.momentum) *")), BACKWARD, hint="momentum_exchanged"),
    norm("makes new running arrays instead of writing into the given ones",
         changed(FORWARD, ("running_mean[:]", "running_mean"), ("running_var[:]", "running_var")), BACKWARD, hint="not_in_place"),
    norm("eps is added to the deviation instead of the variance",
         changed(FORWARD, ("np.sqrt(var + self.eps)", "np.sqrt(var) + self.eps")), BACKWARD, hint="eps_outside"),
    norm("always the batch's statistics, in evaluation as well", """
        def forward(self, x, weight, bias):
            mean = x.mean(axis=(0, 2, 3), keepdims=True)
            var = x.var(axis=(0, 2, 3), keepdims=True)
            if self.training:
                n = x.size / x.shape[1]
                self.running_mean += self.momentum * (mean.ravel() - self.running_mean)
                self.running_var += self.momentum * (var.ravel() * n / (n - 1) - self.running_var)
            self.std = np.sqrt(var + self.eps)
            self.h = (x - mean) / self.std
            self.w = weight[None, :, None, None]
            return self.h * self.w + bias[None, :, None, None]
         """, BACKWARD, hint="batch_in_evaluation"),
    norm("in training it normalizes with the running statistics, after the update", """
        def forward(self, x, weight, bias):
            if self.training:
                n = x.size // x.shape[1]
                self.running_mean += self.momentum * (x.mean(axis=(0, 2, 3)) - self.running_mean)
                self.running_var += self.momentum * (x.var(axis=(0, 2, 3), ddof=1) - self.running_var)
            self.std = np.sqrt(self.running_var + self.eps)[:, None, None]
            self.h = (x - self.running_mean[:, None, None]) / self.std
            self.w = weight[:, None, None]
            return self.h * self.w + bias[:, None, None]
         """, BACKWARD, hint="running_in_training"),
    norm("the statistics are constants on the way back, in training as well", FORWARD, """
        def backward(self, grad):
            dw = np.sum(grad * self.h, axis=(0, 2, 3))
            db = np.sum(grad, axis=(0, 2, 3))
            return grad * self.w / self.std, dw, db
    """, hint="statistics_are_constants"),
    norm("forgets that the deviation moves, too", FORWARD,
         changed(BACKWARD, (" - self.h * dw.reshape(1, -1, 1, 1) / n", "")), hint="no_variance_term"),
    norm("the training formula in evaluation as well", FORWARD, """
        def backward(self, grad):
            n = grad.size / grad.shape[1]
            db = grad.sum((0, 2, 3), keepdims=True)
            dw = (grad * self.h).sum((0, 2, 3), keepdims=True)
            dx = (self.w / self.std) * (grad - db / n - self.h * dw / n)
            return dx, dw.ravel(), db.ravel()
    """, hint="terms_in_evaluation"),
    norm("dL/dweight with x in place of h", changed(FORWARD, ("self.std =", "self.x = x\n        self.std =")), """
        def backward(self, grad):
            db = grad.sum(axis=(0, 2, 3))
            dw = (grad * self.x).sum(axis=(0, 2, 3))
            dh = (grad * self.h).sum(axis=(0, 2, 3))
            if not self.training:
                return grad * self.w / self.std, dw, db
            n = grad.shape[0] * grad.shape[2] * grad.shape[3]
            dx = self.w / self.std * (grad - db.reshape(1, -1, 1, 1) / n - self.h * dh.reshape(1, -1, 1, 1) / n)
            return dx, dw, db
    """, hint="dweight_of_x"),
    norm("n is the number of pictures", FORWARD,
         changed(BACKWARD, ("n = grad.shape[0] * grad.shape[2] * grad.shape[3]", "n = grad.shape[0]")), hint="n_is_N_in_backward"),
    norm("dL/dx without the weight", FORWARD,
         changed(BACKWARD, ("grad * self.w / self.std", "grad / self.std"), ("self.w / self.std *", "1 / self.std *")), hint="backward_forgets_the_weight"),
    norm("the variance as mean of squares minus square of mean, which cancels far from 0",
         changed(FORWARD, ("x.var(axis=(0, 2, 3))", "(x**2).mean(axis=(0, 2, 3)) - mean**2")), BACKWARD, hint="naive_variance"),
    norm("works in place on its arguments: x -= mean",
         changed(FORWARD, ("self.h = (x - mean) / self.std", "x -= mean\n        x /= self.std\n        self.h = x")),
         BACKWARD, hint="pattern"),
    # dropout ----------------------------------------------------------------------------------------------------------
    Natural("15.dropout", "keeps with probability p", """
def dropout(x, p, training, rng):
    if not training:
        return x
    mask = rng.random(x.data.shape) < p
    return x * Tensor((mask / (1 - p)).astype(x.data.dtype))
""", hint="keeps_p"),
    Natural("15.dropout", "what is kept is not scaled", """
def dropout(x, p, training, rng):
    if not training:
        return x
    mask = (rng.random(x.data.shape) > p).astype(x.data.dtype)
    return x * Tensor(mask)
""", hint="not_scaled"),
    Natural("15.dropout", "the first paper's: 1 - p in evaluation, nothing in training", """
def dropout(x, p, training, rng):
    dtype = x.data.dtype
    if training:
        return x * Tensor((rng.random(x.data.shape) >= p).astype(dtype))
    return x * Tensor(np.full(x.data.shape, 1 - p, dtype))
""", hint="scaled_afterwards"),
    Natural("15.dropout", "multiplies by 1 - p instead of dividing", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    keep = 1 - p
    mask = rng.binomial(1, keep, size=x.data.shape) * keep
    return x * Tensor(mask.astype(x.data.dtype))
""", hint="multiplies"),
    Natural("15.dropout", "a new Tensor of numbers: no gradient flows", """
def dropout(x, p, training, rng):
    if not training:
        return x
    mask = rng.random(x.data.shape) >= p
    out = x.data * mask / (1 - p)
    return Tensor(out.astype(x.data.dtype), requires_grad=x.requires_grad)
""", hint="cut_off"),
    Natural("15.dropout", "writes into x.data", """
def dropout(x, p, training, rng):
    if training:
        mask = rng.random(x.data.shape) < p
        x.data[mask] = 0
        x.data /= 1 - p
    return x
""", hint="in_place"),
    Natural("15.dropout", "NumPy's global generator in place of rng", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = (np.random.rand(*x.data.shape) >= p) / (1 - p)
    return x * Tensor(mask.astype(x.data.dtype))
""", hint="global_generator"),
    Natural("15.dropout", "one draw for a whole channel", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    shape = x.data.shape[:2] + (1,) * (x.data.ndim - 2)
    kept = np.broadcast_to(rng.random(shape) >= p, x.data.shape)
    return x * Tensor((kept / (1 - p)).astype(x.data.dtype))
""", hint="whole_channels"),
    Natural("15.dropout", "drops exactly a share of p, rounded", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    n = x.data.size
    mask = np.ones(n)
    mask[rng.permutation(n)[:int(p * n)]] = 0
    mask = mask.reshape(x.data.shape) / (1 - p)
    return x * Tensor(mask.astype(x.data.dtype))
""", hint="exactly_a_share"),
    Natural("15.dropout", "a mask of float64: float32 becomes float64", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = (rng.uniform(size=x.data.shape) >= p).astype(float)
    mask /= 1 - p
    return x * Tensor(mask)
""", hint="becomes_float64"),
    Natural("15.dropout", "multiplies the Tensor by an array", """
def dropout(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = (rng.random(x.data.shape) >= p) / (1 - p)
    return x * mask.astype(x.data.dtype)
""", hint="times_an_array"),
    # he ---------------------------------------------------------------------------------------------------------------
    Natural("15.he", "the variance taken for the deviation", """
def he(shape, rng):
    K, C, kh, kw = shape
    return rng.normal(0, 2 / (C * kh * kw), shape)
""", hint="no_root"),
    Natural("15.he", "fan-out in place of fan-in", """
def he(shape, rng):
    fan = shape[0] * shape[2] * shape[3]
    return rng.standard_normal(shape) * np.sqrt(2 / fan)
""", hint="fan_out"),
    Natural("15.he", "1 / fan-in, forgetting the ReLU", """
def he(shape, rng):
    fan_in = np.prod(shape[1:])
    return rng.standard_normal(shape) / np.sqrt(fan_in)
""", hint="one_instead_of_two"),
    Natural("15.he", "only the channels are counted", """
def he(shape, rng):
    fan_in = shape[1]
    return rng.standard_normal(shape) * (2 / fan_in) ** 0.5
""", hint="channels_only"),
    Natural("15.he", "uniform numbers of the right variance", """
def he(shape, rng):
    limit = np.sqrt(6 / np.prod(shape[1:]))
    return rng.uniform(-limit, limit, shape)
""", hint="uniform_of_that_variance"),
    Natural("15.he", "a generator of its own", """
def he(shape, rng):
    rng = np.random.default_rng(0)
    return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
""", hint="own_generator"),
    Natural("15.he", "makes the drawn numbers' deviation exact", """
def he(shape, rng):
    w = rng.standard_normal(shape)
    w = (w - w.mean()) / w.std()
    return w * np.sqrt(2.0 / (shape[1] * shape[2] * shape[3]))
""", hint="standardized"),
]

RIGHT = [
    conv("loops over the taps of the kernel", """
        def forward(self, x, weight, bias):
            s, p = self.stride, self.padding
            kh, kw = weight.shape[2:]
            x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
            oh, ow = (x.shape[2] - kh) // s + 1, (x.shape[3] - kw) // s + 1
            y = np.zeros((len(x), len(weight), oh, ow), x.dtype) + bias.reshape(1, -1, 1, 1)
            self.taps = [(i, j, slice(i, i + s * (oh - 1) + 1, s), slice(j, j + s * (ow - 1) + 1, s))
                         for i in range(kh) for j in range(kw)]
            for i, j, rows, columns in self.taps:
                y += np.einsum("nchw,kc->nkhw", x[:, :, rows, columns], weight[:, :, i, j])
            self.x, self.weight = x, weight
            return y

        def backward(self, grad):
            gx, gw = np.zeros_like(self.x), np.zeros_like(self.weight)
            for i, j, rows, columns in self.taps:
                gx[:, :, rows, columns] += np.einsum("nkhw,kc->nchw", grad, self.weight[:, :, i, j])
                gw[:, :, i, j] = np.einsum("nkhw,nchw->kc", grad, self.x[:, :, rows, columns])
            p, (H, W) = self.padding, gx.shape[2:]
            return gx[:, :, p : H - p, p : W - p], gw, np.einsum("nkhw->k", grad)
    """),
    conv("forward leaves a function behind for backward", """
        def forward(self, x, weight, bias):
            how = self.stride, self.padding
            self.way_back = lambda g: (conv_backward_input(g, weight, x.shape[-2:], *how),
                                       conv_backward_weight(x, g, weight.shape[-2:], *how),
                                       g.sum(3).sum(2).sum(0))
            y = conv_forward(x, weight, *how)
            y += bias.reshape(-1, 1, 1)
            return y

        def backward(self, grad):
            return self.way_back(grad)
    """),
    pool("one dict for everything, and add.at with flat places", """
        def forward(self, x):
            y, index = max_pool2d(x, *self.settings)
            self.saved = dict(shape=x.shape, index=index)
            return y

        def backward(self, grad):
            N, C, H, W = self.saved["shape"]
            gx = np.zeros(N * C * H * W, grad.dtype)
            first = (H * W * np.arange(N * C)).reshape(N, C, 1, 1)
            np.add.at(gx, (self.saved["index"] + first).ravel(), grad.ravel())
            return gx.reshape(N, C, H, W)
    """),
    norm("channels first, as rows of a matrix", """
        def forward(self, x, weight, bias):
            N, C, H, W = x.shape
            rows = x.transpose(1, 0, 2, 3).reshape(C, N * H * W)
            if self.training:
                mean, var = rows.mean(1), rows.var(1)
                np.copyto(self.running_mean, self.running_mean * (1 - self.momentum) + mean * self.momentum)
                np.copyto(self.running_var, self.running_var * (1 - self.momentum)
                          + rows.var(1, ddof=1) * self.momentum)
            else:
                mean, var = self.running_mean.copy(), self.running_var.copy()
            self.scale = 1 / np.sqrt(var + self.eps)
            self.h = (rows - mean[:, None]) * self.scale[:, None]
            self.weight, self.shape = weight, x.shape
            return self.back(weight[:, None] * self.h + bias[:, None])

        def back(self, rows):
            N, C, H, W = self.shape
            return rows.reshape(C, N, H, W).transpose(1, 0, 2, 3)
         """, """
        def backward(self, grad):
            g = grad.swapaxes(0, 1).reshape(grad.shape[1], -1)
            dw, db = np.einsum("cn,cn->c", g, self.h), g.sum(1)
            dh = g * self.weight[:, None]
            if self.training:
                dh = dh - dh.mean(1, keepdims=True) - self.h * (dh * self.h).mean(1, keepdims=True)
            return self.back(dh * self.scale[:, None]), dw, db
    """),
    norm("the chain rule step by step, as in the batch norm paper",
         changed(FORWARD, ("self.std =", "self.centred = x - mean\n        self.std =")), """
        def backward(self, grad):
            axes, n = (0, 2, 3), grad.size // max(grad.shape[1], 1)
            dh = grad * self.w
            dx = dh / self.std
            if self.training:
                dvar = (dh * self.centred * -0.5 * self.std**-3).sum(axes, keepdims=True)
                dmean = (-dh / self.std).sum(axes, keepdims=True) + dvar * (-2 * self.centred).sum(axes, keepdims=True) / n
                dx = dx + dvar * 2 * self.centred / n + dmean / n
            return dx, (grad * self.h).sum(axes), grad.sum(axes)
    """),
    Natural("15.dropout", "an operation of its own", """
class Drop:
    def __init__(self, p, rng):
        self.p, self.rng = p, rng

    def forward(self, x):
        self.mask = np.where(self.rng.random(x.shape) < self.p, 0, 1 / (1 - self.p)).astype(x.dtype)
        return self.mask * x

    def backward(self, grad):
        return self.mask * grad


def dropout(x, p, training, rng):
    return Tensor.apply(Drop(p, rng), x) if training else x
"""),
    Natural("15.dropout", "coins from rng.choice", """
def dropout(x, p, training, rng):
    if training:
        coins = rng.choice([0.0, 1.0], size=x.data.shape, p=[p, 1 - p])
        x = x * Tensor(np.asarray(coins / (1 - p), x.data.dtype))
    return x
"""),
    Natural("15.dropout", "always multiplies, by ones in evaluation", """
def dropout(x, p, training, rng):
    mask = np.ones(x.data.shape, x.data.dtype)
    if training:
        mask *= rng.binomial(1, 1 - p, x.data.shape)
        mask /= mask.dtype.type(1 - p)
    return Tensor(mask) * x
"""),
    Natural("15.he", "one kernel after the other", """
def he(shape, rng):
    K, C, kh, kw = shape
    deviation = (2.0 / (C * kh * kw)) ** 0.5
    weight = np.empty(shape)
    for k in range(K):
        weight[k] = rng.normal(scale=deviation, size=(C, kh, kw))
    return weight
"""),
    Natural("15.he", "normal numbers from uniform ones (Box and Muller)", """
import math

def he(shape, rng):
    radius = np.sqrt(-2 * np.log(1 - rng.random(shape)))
    return radius * np.cos(2 * np.pi * rng.random(shape)) * math.sqrt(2 / math.prod(shape[1:]))
"""),
]
