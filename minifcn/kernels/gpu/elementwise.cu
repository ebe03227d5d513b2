// ReLU and leaky ReLU, elementwise. Read elementwise.py next.
#include "common.cuh"

// slope 0 gives exactly 0 below zero (0 * -inf would be NaN), and a NaN stays NaN.
extern "C" __global__ void relu_forward(const Real* x, Real negative_slope, Real* y, long long count)
{
    FOR_EACH(element, count) {
        Real value = x[element];
        bool clipped = negative_slope == 0 && value <= 0;
        y[element] = value > 0 ? value : clipped ? 0 : negative_slope * value;
    }
}

extern "C" __global__ void relu_backward(const Real* grad, const Real* x, Real negative_slope, Real* grad_x,
                                         long long count)
{
    FOR_EACH(element, count)
        grad_x[element] = x[element] > 0 ? grad[element] : negative_slope * grad[element];
}
