// Max and average pooling. Forward, a thread visits the pixels of its window; backward, a thread visits the windows
// that contain its pixel: again a gather, so no atomics. Read pool.py next.
#include "common.cuh"

// Among equal maxima the first wins, and a NaN counts as the largest; index is row*W + column, or -1 with the value
// -inf if the window sees only padding.
extern "C" __global__ void max_pool_forward(const Real* image, Window window, int* index, Real* pooled, long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        int x = pop(plane, window.ow), y = pop(plane, window.oh);

        Real best = log((Real)0);                                                   // -inf
        int winner = -1;
        for (int i = 0; i < window.kh; i++) {
            for (int j = 0; j < window.kw; j++) {
                int row = window.row(y, i), column = window.column(x, j);
                if (!window.inside(row, column)) continue;
                Real value = image[(plane * window.H + row) * window.W + column];
                bool first_nan = value != value && best == best;
                if (winner < 0 || value > best || first_nan) {
                    best = value;
                    winner = row * window.W + column;
                }
            }
        }
        pooled[element] = best;
        index[element] = winner;
    }
}

// grad_image[pixel] = the sum of grad over the windows that the pixel has won.
extern "C" __global__ void max_pool_backward(const Real* grad, const int* index, Window window, Real* grad_image,
                                             long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        int column = pop(plane, window.W), row = pop(plane, window.H);

        Real sum = 0;
        for (int y = window.first_y(row); y <= window.last_y(row); y++) {
            for (int x = window.first_x(column); x <= window.last_x(column); x++) {
                long long pooled = (plane * window.oh + y) * window.ow + x;
                if (index[pooled] == row * window.W + column) sum += grad[pooled];
            }
        }
        grad_image[element] = sum;
    }
}

// The divisor of a mean along one axis: the padding counts on request, anything beyond it never does.
__device__ inline int extent(int start, int kernel, int length, int padding, long long count_include_pad)
{
    int stop = min(start + kernel, length + padding);
    return count_include_pad ? stop - start : min(stop, length) - max(start, 0);
}

__device__ inline Real area(const Window& window, int y, int x, long long count_include_pad)
{
    return (Real)(extent(window.row(y, 0),    window.kh, window.H, window.padding_h, count_include_pad) *
                  extent(window.column(x, 0), window.kw, window.W, window.padding_w, count_include_pad));
}

extern "C" __global__ void avg_pool_forward(const Real* image, Window window, long long count_include_pad, Real* pooled,
                                            long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        int x = pop(plane, window.ow), y = pop(plane, window.oh);

        Real sum = 0;
        for (int i = 0; i < window.kh; i++) {
            for (int j = 0; j < window.kw; j++) {
                int row = window.row(y, i), column = window.column(x, j);
                if (window.inside(row, column)) sum += image[(plane * window.H + row) * window.W + column];
            }
        }
        pooled[element] = sum / area(window, y, x, count_include_pad);
    }
}

// grad_image[pixel] = the sum of grad / area over the windows that contain the pixel.
extern "C" __global__ void avg_pool_backward(const Real* grad, Window window, long long count_include_pad,
                                             Real* grad_image, long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        int column = pop(plane, window.W), row = pop(plane, window.H);

        Real sum = 0;
        for (int y = window.first_y(row); y <= window.last_y(row); y++)
            for (int x = window.first_x(column); x <= window.last_x(column); x++)
                sum += grad[(plane * window.oh + y) * window.ow + x] / area(window, y, x, count_include_pad);
        grad_image[element] = sum;
    }
}
