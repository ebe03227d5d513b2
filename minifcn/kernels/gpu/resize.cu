// A banded matrix times the middle axis of an array: the one kernel under every resize. Read resize.py next.
#include "common.cuh"

// y[o, i, k] = sum over t of weight[i, t] * x[o, first[i] + t, k], with x (outer, n, inner) and weight (m, band).
extern "C" __global__ void banded_matmul(const Real* x, const long long* first, const Real* weight, long long n,
                                         long long inner, long long m, long long band, Real* y, long long count)
{
    FOR_EACH(element, count) {
        long long o = element;
        long long k = pop(o, inner), i = pop(o, m);

        Real sum = 0;
        for (long long t = 0; t < band; t++)
            sum += weight[i * band + t] * x[(o * n + first[i] + t) * inner + k];
        y[element] = sum;
    }
}
