// Convolution straight from its formula, one thread per output element. For depthwise convolutions, such as bilinear
// upsampling of scores, a matrix product would have a single row and im2col would only expand the data: here the taps
// are read in place, mostly from the cache. Correct for any geometry. Read direct.py next.
#include "common.cuh"

// y[n, k, y, x] = bias[k] + sum over c, i, j of weight[k, c, i, j] * image[n, channel, row, column], channel = c-th of
// the `channels` of k's group; a group has `kernels` kernels.
extern "C" __global__ void direct_forward(const Real* image, const Real* weight, const Real* bias, Window window,
                                          long long groups, long long channels, long long kernels, Real* output,
                                          long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        int x = pop(n, window.ow), y = pop(n, window.oh);
        long long k = pop(n, groups * kernels), group = k / kernels;

        Real sum = bias[k];
        for (long long c = 0; c < channels; c++) {
            const Real* plane = image + ((n * groups + group) * channels + c) * window.H * window.W;
            const Real* tap = weight + (k * channels + c) * window.kh * window.kw;
            for (int i = 0; i < window.kh; i++) {
                for (int j = 0; j < window.kw; j++, tap++) {
                    int row = window.row(y, i), column = window.column(x, j);
                    if (window.inside(row, column)) sum += *tap * plane[(long long)row * window.W + column];
                }
            }
        }
        output[element] = sum;
    }
}

// grad_image[n, channel, row, column] = the sum of weight * grad over every window that saw the pixel.
extern "C" __global__ void direct_backward_input(const Real* grad, const Real* weight, Window window, long long groups,
                                                 long long channels, long long kernels, Real* grad_image,
                                                 long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        int column = pop(n, window.W), row = pop(n, window.H);
        long long c = pop(n, channels), group = pop(n, groups);

        Real sum = 0;
        for (long long k = group * kernels; k < (group + 1) * kernels; k++) {
            const Real* plane = grad + (n * groups * kernels + k) * window.oh * window.ow;
            const Real* taps = weight + (k * channels + c) * window.kh * window.kw;
            for (int y = window.first_y(row); y <= window.last_y(row); y++) {
                int i = window.tap_i(row, y);
                if (i < 0) continue;
                for (int x = window.first_x(column); x <= window.last_x(column); x++) {
                    int j = window.tap_j(column, x);
                    if (j >= 0) sum += taps[i * window.kw + j] * plane[(long long)y * window.ow + x];
                }
            }
        }
        grad_image[element] = sum;
    }
}

// grad_weight[k, c, i, j] = the sum of grad * image over all samples and windows. One block per weight.
extern "C" __global__ void direct_backward_weight(const Real* image, const Real* grad, Window window, long long N,
                                                  long long groups, long long channels, long long kernels,
                                                  Real* grad_weight)
{
    long long k = blockIdx.x;
    int j = pop(k, window.kw), i = pop(k, window.kh);
    long long c = pop(k, channels), group = k / kernels, pixels = (long long)window.oh * window.ow;

    double sum = 0;
    for (long long term = threadIdx.x; term < N * pixels; term += THREADS) {
        long long n = term;
        int x = pop(n, window.ow), y = pop(n, window.oh);
        int row = window.row(y, i), column = window.column(x, j);
        if (!window.inside(row, column)) continue;
        const Real* plane = image + ((n * groups + group) * channels + c) * window.H * window.W;
        sum += (double)grad[(n * groups * kernels + k) * pixels + (long long)y * window.ow + x]
             * plane[(long long)row * window.W + column];
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) grad_weight[blockIdx.x] = (Real)sum;
}
