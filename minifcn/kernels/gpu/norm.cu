// Batch normalisation (Ioffe & Szegedy 2015) and the sums over channels that it needs. x is (N, C, P).
// A channel may have millions of values while there are only 64 channels, and 64 blocks would leave most of a GPU idle.
// The sums therefore have two stages: `parts` blocks share a channel, and each writes the sum of its part; then one
// block per channel adds the parts. Double precision, in a fixed order: deterministic. Read norm.py next.
#include "common.cuh"

// The index in x of the k-th of the N*P elements of channel c.
__device__ inline long long in_channel(long long k, long long c, long long C, long long P)
{
    long long n = k, p = pop(n, P);
    return (n * C + c) * P + p;
}

// Stage one runs this loop over the block's own k; its channel is c.
#define FOR_EACH_OF_PART(k, c, size, parts)                                                      \
    const long long c = blockIdx.x / parts;                                                      \
    for (long long k = blockIdx.x % parts * THREADS + threadIdx.x; k < size; k += parts * THREADS)

// Stage two: sum[r] = the sum of partial[r, 0], ..., partial[r, parts - 1]. One block per r.
extern "C" __global__ void add_parts(const double* partial, long long parts, Real* sum)
{
    double total = 0;
    for (long long part = threadIdx.x; part < parts; part += THREADS) total += partial[blockIdx.x * parts + part];
    total = block_sum(total);
    if (threadIdx.x == 0) sum[blockIdx.x] = (Real)total;
}

extern "C" __global__ void channel_sum_parts(const Real* x, long long N, long long C, long long P, long long parts,
                                             double* partial)
{
    double sum = 0;
    FOR_EACH_OF_PART(k, c, N * P, parts) sum += x[in_channel(k, c, C, P)];
    sum = block_sum(sum);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// The sums of d and of d^2, where d = x - (the channel's first value). E[x^2] - E[x]^2 would lose all digits of a
// small variance around a large mean; E[d^2] - E[d]^2 does not, as that value is among the others.
extern "C" __global__ void channel_moments_parts(const Real* x, long long N, long long C, long long P, long long parts,
                                                 double* sums, double* squares)
{
    double sum = 0, square = 0;
    FOR_EACH_OF_PART(k, c, N * P, parts) {
        double d = (double)x[in_channel(k, c, C, P)] - x[c * P];
        sum += d;
        square += d * d;
    }
    sum = block_sum(sum);
    square = block_sum(square);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = sum;
        squares[blockIdx.x] = square;
    }
}

extern "C" __global__ void channel_moments(const Real* x, const double* sums, const double* squares, long long N,
                                           long long P, long long parts, Real* mean, Real* var)
{
    long long c = blockIdx.x;
    double sum = 0, square = 0;
    for (long long part = threadIdx.x; part < parts; part += THREADS) {
        sum += sums[c * parts + part];
        square += squares[c * parts + part];
    }
    double shift = block_sum(sum) / (N * P);
    double variance = block_sum(square) / (N * P) - shift * shift;
    if (threadIdx.x == 0) {
        mean[c] = (Real)(x[c * P] + shift);
        var[c] = (Real)(variance < 0 ? 0 : variance);       // rounding may go below 0; a NaN stays NaN
    }
}

extern "C" __global__ void batch_norm_forward(const Real* x, const Real* mean, const Real* invstd, const Real* weight,
                                              const Real* bias, long long C, long long P, long long relu,
                                              Real* y, long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        pop(n, P);
        long long c = pop(n, C);
        Real value = weight[c] * ((x[element] - mean[c]) * invstd[c]) + bias[c];
        y[element] = relu && value <= 0 ? 0 : value;         // a NaN stays NaN
    }
}

// grad_bias = sum grad,  grad_weight = sum grad * x_hat,  x_hat = (x - mean) * invstd.
extern "C" __global__ void batch_norm_parts(const Real* grad, const Real* x, const Real* mean, const Real* invstd,
                                            long long N, long long C, long long P, long long parts, double* sums,
                                            double* weighted_sums)
{
    double plain = 0, weighted = 0;
    FOR_EACH_OF_PART(k, c, N * P, parts) {
        long long at = in_channel(k, c, C, P);
        plain += grad[at];
        weighted += (double)grad[at] * ((x[at] - mean[c]) * invstd[c]);
    }
    plain = block_sum(plain);
    weighted = block_sum(weighted);
    if (threadIdx.x == 0) {
        sums[blockIdx.x] = plain;
        weighted_sums[blockIdx.x] = weighted;
    }
}

// grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)); the means are the sums above / size.
extern "C" __global__ void batch_norm_backward(const Real* grad, const Real* x, const Real* mean, const Real* invstd,
                                               const Real* weight, const Real* grad_weight, const Real* grad_bias,
                                               long long N, long long C, long long P, Real* grad_x, long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        pop(n, P);
        long long c = pop(n, C);
        Real size = (Real)(N * P);
        Real x_hat = (x[element] - mean[c]) * invstd[c];
        Real centred = grad[element] - grad_bias[c] / size - x_hat * (grad_weight[c] / size);
        grad_x[element] = weight[c] * invstd[c] * centred;
    }
}
