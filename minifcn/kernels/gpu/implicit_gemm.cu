// Convolution as a matrix product whose columns are never stored ("implicit GEMM"). A block computes a tile of y,
// KERNELS channels by PIXELS pixels. For each tap of the kernel it iterates over the input channels, DEPTH at a time:
// the threads load the weights of that tap, and the image shifted by it, into fast shared memory and multiply the two
// small matrices there. Each loaded value is used KERNELS or PIXELS times, and only the image, the weights and y are
// transferred from and to global memory; im2col transfers kh * kw images.
// Read implicit_gemm.py next.
#include "common.cuh"

constexpr int KERNELS = 64, PIXELS = 128, DEPTH = 8;
constexpr int SIDE = 16;                                    // the threads as a square: each has every SIDE-th kernel
constexpr int ROWS = KERNELS / SIDE, COLS = PIXELS / SIDE;  // and pixel of the tile, and their sums in its registers
static_assert(THREADS == SIDE * SIDE && THREADS % PIXELS == 0, "each thread has its own place in the tile");

// y[n, k, y, x] = bias[k] + sum over i, j, c of weight[i, j, c, k] * image[n, c, row, column]; pixels = N * oh * ow.
extern "C" __global__ void implicit_gemm(const Real* image, const Real* weight, const Real* bias, Window window,
                                         long long C, long long K, long long pixels, Real* output)
{
    __shared__ Real weights[DEPTH][KERNELS];
    __shared__ Real shifted[DEPTH][PIXELS];
    long long pixel0 = blockIdx.x;
    long long k0 = pop(pixel0, (K + KERNELS - 1) / KERNELS) * KERNELS;      // neighbouring blocks share their pixels
    pixel0 *= PIXELS;

    // The pixel (n, y, x) that this thread loads for the block, every lane-th channel of it.
    int mine = threadIdx.x % PIXELS, lane = threadIdx.x / PIXELS;
    bool exists = pixel0 + mine < pixels;
    long long n = pixel0 + mine;
    int x = pop(n, window.ow), y = pop(n, window.oh);

    // The sums that this thread computes: of kernels k0 + a0 + SIDE * a and pixels pixel0 + b0 + SIDE * b.
    int a0 = threadIdx.x / SIDE, b0 = threadIdx.x % SIDE;
    Real sum[ROWS][COLS] = {};

    for (int tap = 0; tap < window.kh * window.kw; tap++) {
        int row = window.row(y, tap / window.kw), column = window.column(x, tap % window.kw);
        bool visible = exists && window.inside(row, column);
        for (long long c0 = 0; c0 < C; c0 += DEPTH) {
            for (int d = lane; d < DEPTH; d += THREADS / PIXELS)
                shifted[d][mine] =
                    visible && c0 + d < C ? image[((n * C + c0 + d) * window.H + row) * window.W + column] : 0;
            for (int e = threadIdx.x; e < DEPTH * KERNELS; e += THREADS) {
                long long c = c0 + e / KERNELS, k = k0 + e % KERNELS;
                weights[e / KERNELS][e % KERNELS] = c < C && k < K ? weight[(tap * C + c) * K + k] : 0;
            }
            __syncthreads();        // the tiles are complete

            for (int d = 0; d < DEPTH; d++)
                for (int a = 0; a < ROWS; a++)
                    for (int b = 0; b < COLS; b++)
                        sum[a][b] += weights[d][a0 + SIDE * a] * shifted[d][b0 + SIDE * b];
            __syncthreads();        // all threads are done with them
        }
    }

    long long plane = (long long)window.oh * window.ow;
    for (int b = 0; b < COLS; b++) {
        long long sample = pixel0 + b0 + SIDE * b;
        if (sample >= pixels) break;
        long long p = pop(sample, plane);
        for (int a = 0; a < ROWS; a++) {
            long long k = k0 + a0 + SIDE * a;
            if (k < K) output[(sample * K + k) * plane + p] = sum[a][b] + bias[k];
        }
    }
}
