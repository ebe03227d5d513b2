// Batch normalisation (Ioffe & Szegedy 2015). Its sums run over a whole channel, so here the threads of a block work
// together: one block per channel, adding in a fixed order and in double precision. x is (N, C, P). Read norm.py next.
#include "common.cuh"

// The sum of every thread's value, given to every thread of the block: a tree of log2(THREADS) steps in shared memory.
// __syncthreads() holds each thread until all have come that far.
__device__ inline double block_sum(double value)
{
    __shared__ double partial[THREADS];
    partial[threadIdx.x] = value;
    __syncthreads();
    for (unsigned half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half) partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    double sum = partial[0];
    __syncthreads();                // nobody starts the next sum before everybody has read this one
    return sum;
}

// Where the k-th of the N*P elements of channel c lies in x.
__device__ inline long long in_channel(long long k, long long c, long long C, long long P)
{
    return (k / P * C + c) * P + k % P;
}

// Two passes: E[x^2] - E[x]^2 would lose every digit of a small variance around a large mean.
extern "C" __global__ void channel_moments(const Real* x, long long N, long long C, long long P, Real* mean, Real* var)
{
    long long c = blockIdx.x, size = N * P;

    double sum = 0;
    for (long long k = threadIdx.x; k < size; k += THREADS) sum += x[in_channel(k, c, C, P)];
    double centre = block_sum(sum) / size;

    double squares = 0;
    for (long long k = threadIdx.x; k < size; k += THREADS) {
        double deviation = x[in_channel(k, c, C, P)] - centre;
        squares += deviation * deviation;
    }
    double variance = block_sum(squares) / size;

    if (threadIdx.x == 0) {
        mean[c] = (Real)centre;
        var[c] = (Real)variance;
    }
}

extern "C" __global__ void batch_norm_forward(const Real* x, const Real* mean, const Real* invstd, const Real* weight,
                                              const Real* bias, long long C, long long P, Real* y, long long count)
{
    FOR_EACH(element, count) {
        long long c = element / P % C;
        y[element] = weight[c] * ((x[element] - mean[c]) * invstd[c]) + bias[c];
    }
}

// grad_bias = sum grad,  grad_weight = sum grad * x_hat,  x_hat = (x - mean) * invstd.
extern "C" __global__ void batch_norm_sums(const Real* grad, const Real* x, const Real* mean, const Real* invstd,
                                           long long N, long long C, long long P, Real* grad_weight, Real* grad_bias)
{
    long long c = blockIdx.x;

    double plain = 0, weighted = 0;
    for (long long k = threadIdx.x; k < N * P; k += THREADS) {
        long long at = in_channel(k, c, C, P);
        plain += grad[at];
        weighted += (double)grad[at] * ((x[at] - mean[c]) * invstd[c]);
    }
    plain = block_sum(plain);
    weighted = block_sum(weighted);

    if (threadIdx.x == 0) {
        grad_bias[c] = (Real)plain;
        grad_weight[c] = (Real)weighted;
    }
}

// grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)); the means are the sums above / size.
extern "C" __global__ void batch_norm_backward(const Real* grad, const Real* x, const Real* mean, const Real* invstd,
                                               const Real* weight, const Real* grad_weight, const Real* grad_bias,
                                               long long N, long long C, long long P, Real* grad_x, long long count)
{
    FOR_EACH(element, count) {
        long long c = element / P % C;
        Real size = (Real)(N * P);
        Real x_hat = (x[element] - mean[c]) * invstd[c];
        Real centred = grad[element] - grad_bias[c] / size - x_hat * (grad_weight[c] / size);
        grad_x[element] = weight[c] * invstd[c] * centred;
    }
}
