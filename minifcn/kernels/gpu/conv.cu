// The copies around a convolution's matrix product: im2col and its adjoint, col2im, and the bias.
// All are gathers: each output element is written by exactly one thread, so there are no atomics and the result is
// deterministic. Neighbouring threads handle neighbouring pixels, so that memory accesses are coalesced.
// Read conv.py next.
#include "common.cuh"

// cols[n, c, i, j, y, x] = image[n, c, row, column], 0 in the padding. One thread per window: it computes its position
// once and then copies all kh * kw taps. The steps are the strides of samples and of rows (c, i, j), in elements.
extern "C" __global__ void im2col(const Real* image, Window window, long long C, long long sample_step,
                                  long long row_step, Real* cols, long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        int x = pop(n, window.ow), y = pop(n, window.oh);
        const Real* plane = image + n * window.H * window.W;
        long long c = pop(n, C);

        Real* out = cols + n * sample_step + c * window.kh * window.kw * row_step + (long long)y * window.ow + x;
        for (int i = 0; i < window.kh; i++) {
            for (int j = 0; j < window.kw; j++) {
                int row = window.row(y, i), column = window.column(x, j);
                *out = window.inside(row, column) ? plane[(long long)row * window.W + column] : 0;
                out += row_step;
            }
        }
    }
}

// image[n, c, row, column] = the sum of all cols[n, c, i, j, y, x] that im2col copied from there. One thread per pixel.
extern "C" __global__ void col2im(const Real* cols, Window window, long long C, long long sample_step,
                                  long long row_step, Real* image, long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        int column = pop(n, window.W), row = pop(n, window.H);
        long long c = pop(n, C);
        const Real* in = cols + n * sample_step + c * window.kh * window.kw * row_step;

        Real sum = 0;
        for (int y = window.first_y(row); y <= window.last_y(row); y++) {
            int i = window.tap_i(row, y);
            if (i < 0) continue;
            for (int x = window.first_x(column); x <= window.last_x(column); x++) {
                int j = window.tap_j(column, x);
                if (j < 0) continue;
                sum += in[(i * window.kw + j) * row_step + (long long)y * window.ow + x];
            }
        }
        image[element] = sum;
    }
}

// y[n, k, p] = rows[k, n, p] + bias[k]: the product's rows go back to their samples, and the bias is added.
extern "C" __global__ void from_rows(const Real* rows, const Real* bias, long long N, long long K, long long P, Real* y,
                                     long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        long long p = pop(n, P), k = pop(n, K);
        y[element] = rows[(k * N + n) * P + p] + bias[k];
    }
}
