"""ReLU on the GPU: arguments for elementwise.cu. Read norm.py next."""

from .launch import contiguous, empty, per_element


def relu_forward(x, negative_slope):
    """y = x where x > 0, else negative_slope * x. NaN stays NaN; slope 0 sends -inf to 0."""
    return per_element("relu_forward", empty(x.shape, x.dtype), contiguous(x), float(negative_slope))


def relu_backward(grad, x, negative_slope):
    """grad_x = grad where x > 0, else negative_slope * grad."""
    grad_x = empty(x.shape, x.dtype)
    return per_element("relu_backward", grad_x, contiguous(grad), contiguous(x), float(negative_slope))
