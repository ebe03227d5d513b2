// What all kernels share: the number type, the loop over elements, sums over a block, and the sliding window.
// launch.py prepends this file to the .cu files. Read conv.cu next.

#ifndef Real                // every kernel is compiled twice: -DReal=float and -DReal=double
#define Real float
#endif
#ifndef THREADS             // threads in a block: a power of two, set by launch.py
#define THREADS 256
#endif

// A grid-stride loop: thread t of T takes the elements t, t + T, t + 2T, ...
#define FOR_EACH(element, count)                                              \
    for (long long element = blockIdx.x * (long long)blockDim.x + threadIdx.x; \
         element < count;                                                     \
         element += gridDim.x * (long long)blockDim.x)

// Splits the last axis off a flat index: returns the position along it and leaves the index of the other axes.
// A GPU has no integer division instruction. 64-bit division is a long routine and 32-bit division a short one, so that
// these few divisions can dominate a kernel that only copies: use the short one if the values fit.
__device__ inline long long pop(long long& index, long long length)
{
    if (((index | length) >> 32) == 0) {
        unsigned small = (unsigned)index, quotient = small / (unsigned)length;
        index = quotient;
        return small - quotient * (unsigned)length;
    }
    long long position = index % length;
    index /= length;
    return position;
}

// The sum of all threads' values: a tree of log2(THREADS) steps in shared memory, in a fixed order, so that the result
// is deterministic. Only thread 0 may use it. __syncthreads() is a barrier for all threads of the block.
__device__ inline double block_sum(double value)
{
    __shared__ double partial[THREADS];
    partial[threadIdx.x] = value;
    __syncthreads();
    for (unsigned half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    return threadIdx.x == 0 ? partial[0] : 0;       // the others may already be in the next sum
}

// An (H, W) plane, the (oh, ow) windows that slide over it, and how they slide (see kernels/geometry.py).
struct Window {
    int H, W, oh, ow, kh, kw, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;

    // The pixel under tap (i, j) of window (y, x); it may be in the padding, outside the plane.
    __device__ int row(int y, int i) const { return y * stride_h - padding_h + i * dilation_h; }
    __device__ int column(int x, int j) const { return x * stride_w - padding_w + j * dilation_w; }

    __device__ bool inside(int row, int column) const
    {
        return 0 <= row && row < H && 0 <= column && column < W;
    }

    // Conversely: windows first_y to last_y are those that reach the row, and tap_i is the tap of window y that falls
    // on it; -1 if the row is between two taps of a dilated kernel. Likewise for columns.
    __device__ int first_y(int row) const { return first(row + padding_h - (kh - 1) * dilation_h, stride_h); }
    __device__ int first_x(int column) const { return first(column + padding_w - (kw - 1) * dilation_w, stride_w); }
    __device__ int last_y(int row) const { return min(oh - 1, (row + padding_h) / stride_h); }
    __device__ int last_x(int column) const { return min(ow - 1, (column + padding_w) / stride_w); }
    __device__ int tap_i(int row, int y) const { return tap(row + padding_h - y * stride_h, dilation_h); }
    __device__ int tap_j(int column, int x) const { return tap(column + padding_w - x * stride_w, dilation_w); }

    __device__ static int first(int start, int stride) { return start <= 0 ? 0 : (start + stride - 1) / stride; }
    __device__ static int tap(int offset, int dilation)
    {
        if (dilation == 1) return offset;
        return offset % dilation == 0 ? offset / dilation : -1;
    }
};
