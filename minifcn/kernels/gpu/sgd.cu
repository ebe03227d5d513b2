// The update of stochastic gradient descent: every number is read once and written once, in place. Read sgd.py next.
#include "common.cuh"

extern "C" __global__ void sgd_step(const Real* grad, Real lr, Real weight_decay, Real* p, long long count)
{
    FOR_EACH(element, count) p[element] -= lr * (grad[element] + weight_decay * p[element]);
}

extern "C" __global__ void sgd_momentum_step(const Real* grad, Real lr, Real momentum, Real weight_decay,
                                             long long nesterov, Real* velocity, Real* p, long long count)
{
    FOR_EACH(element, count) {
        Real g = grad[element] + weight_decay * p[element];
        Real v = velocity[element] = momentum * velocity[element] + g;
        p[element] -= lr * (nesterov ? g + momentum * v : v);
    }
}
