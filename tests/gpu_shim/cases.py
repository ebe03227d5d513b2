"""Calls of every kernel, as data: which kernel, a label, and its arguments. test_shim.py and test_gpu.py run them all.

The sizes are small enough for the loops of reference.py, and no two of them are equal, so that a mixed-up axis shows.
"""

from dataclasses import dataclass

import numpy as np

from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry, pool_geometry

SIZE = (9, 7)
CONV_GEOMETRIES = {
    "plain":           conv_geometry((3, 2)),
    "1x1":             conv_geometry(1),
    "padding":         conv_geometry(3, padding=(2, 1)),
    "stride":          conv_geometry((3, 2), stride=(2, 3), padding=1),
    "stride > kernel": conv_geometry(2, stride=(3, 4)),
    "dilation":        conv_geometry((2, 3), dilation=(3, 2), padding=(1, 2)),
    "groups":          conv_geometry(3, padding=1, groups=2),
    "depthwise":       conv_geometry((2, 3), stride=2, groups=4),
}  # fmt: skip
POOL_GEOMETRIES = {
    "plain":           pool_geometry(2),
    "overlapping":     pool_geometry((3, 2), stride=(2, 1), padding=1),
    "stride > kernel": pool_geometry(2, stride=(3, 4)),
    "ceil mode":       pool_geometry((2, 3), stride=(2, 3), padding=(0, 1), ceil_mode=True),
    "ceil, padding":   pool_geometry(3, stride=2, padding=1, ceil_mode=True),
}  # fmt: skip
DILATED_POOL = pool_geometry((2, 3), stride=1, padding=1, dilation=(3, 2))


@dataclass(frozen=True)
class Case:
    """One call: the kernel's name, a label, and the arguments with every real array in float64."""

    kernel: str
    label: str
    values: tuple

    def arguments(self, dtype):
        """The arguments, with every real array in `dtype`."""
        return tuple(v.astype(dtype) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v for v in self.values)

    def __str__(self):
        return f"{self.kernel}-{self.label}"


def conv_cases(label, geometry, N, rng):
    C, K = 4, 6 if geometry.groups < 4 else 8
    oh, ow = geometry.output_size(SIZE)
    x = rng.standard_normal((N, C, *SIZE))
    cols = rng.standard_normal((N, C * geometry.kernel_size[0] * geometry.kernel_size[1], oh * ow))
    weight = rng.standard_normal((K, C // geometry.groups, *geometry.kernel_size))
    grad_y = rng.standard_normal((N, K, oh, ow))
    yield Case("im2col", label, (x, geometry))
    yield Case("col2im", label, (cols, geometry, SIZE))
    yield Case("conv_forward", label, (x, weight, geometry))
    yield Case("conv_forward", f"{label}, bias", (x, weight, geometry, rng.standard_normal(K)))
    yield Case("conv_forward", f"{label}, ReLU", (x, weight, geometry, None, True))
    yield Case("conv_backward_input", label, (grad_y, weight, geometry, SIZE))
    yield Case("conv_backward_weight", label, (x, grad_y, geometry))


def max_pool_cases(label, geometry, N, rng):
    x = rng.integers(0, 4, (N, 3, *SIZE)).astype(float)  # few values, so that many are equal
    y, index = reference.max_pool_forward(x, geometry)
    yield Case("max_pool_forward", label, (x, geometry))
    yield Case("max_pool_backward", label, (rng.standard_normal(y.shape), index, geometry, SIZE))
    yield Case("max_pool_forward", f"{label}, NaN", (np.where(x == 3, np.nan, x), geometry))
    yield Case("max_pool_forward", f"{label}, -inf", (np.where(x > 0, -np.inf, x), geometry))


def avg_pool_cases(label, geometry, N, rng):
    x = rng.standard_normal((N, 3, *SIZE))
    grad_y = rng.standard_normal((N, 3, *geometry.output_size(SIZE)))
    for count_include_pad in (False, True):
        rule = f"{label}, pad {'counts' if count_include_pad else 'does not count'}"
        yield Case("avg_pool_forward", rule, (x, geometry, count_include_pad))
        yield Case("avg_pool_backward", rule, (grad_y, geometry, SIZE, count_include_pad))


def elementwise_cases(label, N, rng):
    x, grad = rng.standard_normal((2, N, 3, 5))
    x[:, 1] = 0
    special = np.resize([np.nan, np.inf, -np.inf, 0.0], (N, 4))
    for slope in (0.0, 0.1):
        yield Case("relu_forward", f"{label}, slope {slope}", (x, slope))
        yield Case("relu_backward", f"{label}, slope {slope}", (grad, x, slope))
        yield Case("relu_forward", f"{label}, slope {slope}, NaN and inf", (special, slope))


def banded_case(label, outer, rng):
    x, first, weight = rng.standard_normal((outer, 7, 4)), np.array([0, 2, 1, 4, 4]), rng.standard_normal((5, 3))
    return Case("banded_matmul", label, (x, first, weight))


def matmul_case(label, N, rng):
    return Case("matmul", label, (rng.standard_normal((N, 3, 4)), rng.standard_normal((4, 5))))


def norm_cases(label, shape, rng):
    x, grad = 10 + rng.standard_normal((2, *shape))
    mean, invstd, weight, bias = rng.uniform(0.5, 2, (4, shape[1]))
    yield Case("batch_norm_forward", label, (x, mean, invstd, weight, bias))
    yield Case("batch_norm_forward", f"{label}, ReLU", (x, mean, invstd, weight, bias - 8, True))
    yield Case("channel_sum", label, (x,))
    if x.size:  # an empty channel has no moments
        yield Case("channel_moments", label, (x,))
        yield Case("channel_moments", f"{label}, mean 1000", (990 + x,))
        yield Case("batch_norm_backward", label, (grad, x, mean, invstd, weight))
        yield Case("batch_norm_backward", f"{label}, ReLU", (grad, x, mean, invstd, weight, bias - 8))


def loss_cases(label, N, rng):
    logits, class_weight = rng.standard_normal((N, 5, 7)), rng.uniform(0.5, 2, 5)
    target = rng.integers(0, 5, (N, 7))
    target[:, ::3] = 255
    grad_loss, log_normalizer = rng.standard_normal((N, 7)), np.log(np.exp(logits).sum(axis=1))
    yield Case("cross_entropy_forward", label, (logits, target, class_weight, 255))
    yield Case("cross_entropy_forward", f"{label}, beyond exp", (1000 * logits, target, class_weight, 255))
    yield Case("cross_entropy_backward", label, (grad_loss, logits, log_normalizer, target, class_weight, 255))


def optimizer_cases(shape, rng):
    p, grad, velocity = rng.standard_normal((3, *shape))
    for decoupled in (False, True):
        options = 0.1, 0.9, 0.99, 1e-3, 0.5, decoupled, 3
        yield Case("adam_step", f"decoupled {decoupled}, {shape}", (p, grad, velocity, velocity**2, *options))
    yield Case("sgd_step", f"plain, {shape}", (p, grad, None, 0.1, 0.0, 0.0, False))
    yield Case("sgd_step", f"weight decay, {shape}", (p, grad, None, 0.1, 0.0, 0.5, False))
    yield Case("sgd_step", f"momentum, {shape}", (p, grad, velocity, 0.1, 0.9, 0.5, False))
    yield Case("sgd_step", f"nesterov, {shape}", (p, grad, velocity, 0.1, 0.9, 0.5, True))


def all_cases():
    rng = np.random.default_rng(0)
    for N, batch in ((2, ""), (0, "empty batch, ")):
        for label, geometry in CONV_GEOMETRIES.items():
            yield from conv_cases(batch + label, geometry, N, rng)
        for label, geometry in POOL_GEOMETRIES.items():
            yield from max_pool_cases(batch + label, geometry, N, rng)
            yield from avg_pool_cases(batch + label, geometry, N, rng)
        yield from max_pool_cases(batch + "dilation", DILATED_POOL, N, rng)
        yield from elementwise_cases(f"{batch}plain", N, rng)
        yield banded_case(f"{batch}plain", N, rng)
        yield matmul_case(f"{batch}plain", N, rng)
        yield from norm_cases(f"{batch}plain", (N, 3, 5), rng)
        yield from loss_cases(f"{batch}plain", N, rng)
    yield from norm_cases("several turns a thread", (3, 2, 211), rng)
    yield from norm_cases("more channels than pixels", (1, 19, 2), rng)
    for shape in ((3,), (2, 3, 5), (0, 4)):
        yield from optimizer_cases(shape, rng)


CASES = list(all_cases())
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
EXACT = {"im2col", "max_pool_forward", "relu_forward", "relu_backward"}  # these only copy, choose or multiply once


WRITTEN = {"sgd_step": (0, 2), "adam_step": (0, 2, 3)}  # which arguments a kernel changes; all others give back something new


def run(kernels, case, arguments):
    """What the kernel gives back, or else what it wrote into its arguments: a tuple of arrays."""
    results = getattr(kernels, case.kernel)(*arguments)
    if case.kernel in WRITTEN:
        assert results is None
        results = tuple(arguments[i] for i in WRITTEN[case.kernel] if arguments[i] is not None)
    return results if isinstance(results, tuple) else (results,)


def cases_of(kernel):
    """All cases that call `kernel`."""
    return [case for case in CASES if case.kernel == kernel]


def assert_agree(case, results, expected, dtype):
    """Every array of `results` has the shape, dtype and values of `expected`; rounding may differ unless EXACT."""
    for result, wanted in zip(results, expected, strict=True):
        assert (result.shape, result.dtype) == (wanted.shape, wanted.dtype)
        assert result.flags.c_contiguous
        scale = np.abs(wanted).max(initial=0, where=np.isfinite(wanted)) if wanted.dtype.kind == "f" else 0
        tolerance = 0 if case.kernel in EXACT else TOLERANCE[dtype]
        np.testing.assert_allclose(result, wanted, rtol=tolerance, atol=tolerance * scale)


def assert_same_bits(results, expected):
    """Every array of `results` has the bytes of `expected`."""
    for result, wanted in zip(results, expected, strict=True):
        assert result.tobytes() == wanted.tobytes()
