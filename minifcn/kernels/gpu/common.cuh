// What every kernel here shares: the number type, the loop over elements, and the sliding window.
// launch.py pastes this text in front of the .cu files. Read conv.cu next.

#ifndef Real                // every kernel is compiled twice: -DReal=float and -DReal=double
#define Real float
#endif
#ifndef THREADS             // threads in a block: a power of two, set by launch.py
#define THREADS 256
#endif

// One thread per element, however many elements there are: thread t of T takes the elements t, t + T, t + 2T, ...
#define FOR_EACH(element, count)                                              \
    for (long long element = blockIdx.x * (long long)blockDim.x + threadIdx.x; \
         element < count;                                                     \
         element += gridDim.x * (long long)blockDim.x)

// Takes the last axis off a flat index: returns the position along that axis and leaves the index of the other axes.
__device__ inline long long pop(long long& index, long long length)
{
    long long position = index % length;
    index /= length;
    return position;
}

// An (H, W) plane, the (oh, ow) windows that slide over it, and how they slide (see kernels/geometry.py).
struct Window {
    long long H, W, oh, ow, kh, kw, stride_h, stride_w, padding_h, padding_w, dilation_h, dilation_w;

    // The pixel under tap (i, j) of window (y, x); it may lie in the padding, outside the plane.
    __device__ long long row(long long y, long long i) const { return y * stride_h - padding_h + i * dilation_h; }
    __device__ long long column(long long x, long long j) const { return x * stride_w - padding_w + j * dilation_w; }

    __device__ bool inside(long long row, long long column) const
    {
        return 0 <= row && row < H && 0 <= column && column < W;
    }

    // The other way round: the window whose tap i (or j) lies on the pixel; -1 where there is no such window.
    __device__ long long window_y(long long row, long long i) const
    {
        return window(row + padding_h - i * dilation_h, stride_h, oh);
    }
    __device__ long long window_x(long long column, long long j) const
    {
        return window(column + padding_w - j * dilation_w, stride_w, ow);
    }
    __device__ static long long window(long long start, long long stride, long long windows)
    {
        return start >= 0 && start % stride == 0 && start / stride < windows ? start / stride : -1;
    }
};
