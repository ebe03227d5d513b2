// The two copies around a convolution's matrix product: im2col and its adjoint, col2im.
// Both are gathers: one thread computes one output element and nobody else writes it, so no atomics and the same
// bits on every run. Read conv.py next.
#include "common.cuh"

// cols[plane, i, j, y, x] = image[plane, row, column], 0 in the padding; a plane is one channel of one sample.
extern "C" __global__ void im2col(const Real* image, Window window, Real* cols, long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        long long x = pop(plane, window.ow), y = pop(plane, window.oh);
        long long j = pop(plane, window.kw), i = pop(plane, window.kh);

        long long row = window.row(y, i), column = window.column(x, j);
        cols[element] = window.inside(row, column) ? image[(plane * window.H + row) * window.W + column] : 0;
    }
}

// image[plane, row, column] = the sum of all cols[plane, i, j, y, x] that im2col copied from there.
extern "C" __global__ void col2im(const Real* cols, Window window, Real* image, long long count)
{
    FOR_EACH(element, count) {
        long long plane = element;
        long long column = pop(plane, window.W), row = pop(plane, window.H);

        Real sum = 0;
        for (long long i = 0; i < window.kh; i++) {
            long long y = window.window_y(row, i);
            if (y < 0) continue;
            for (long long j = 0; j < window.kw; j++) {
                long long x = window.window_x(column, j);
                if (x < 0) continue;
                sum += cols[(((plane * window.kh + i) * window.kw + j) * window.oh + y) * window.ow + x];
            }
        }
        image[element] = sum;
    }
}
