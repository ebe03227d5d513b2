// The updates of stochastic gradient descent and of Adam: every number is read once and written once, in place. Read optimizers.py next.
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

// Adam's: the numbers are lr / (1 - beta1^t), 1 - beta1, 1 - beta2, eps, 1 - lr weight_decay or 1, weight_decay or 0,
// and 1 / sqrt(1 - beta2^t).
extern "C" __global__ void adam_step(const Real* grad, Real rate, Real change1, Real change2, Real eps, Real shrink,
                                     Real decay, Real correction, Real* m, Real* v, Real* p, long long count)
{
    FOR_EACH(element, count) {
        Real g = grad[element] + decay * p[element];
        Real mean = m[element] += change1 * (g - m[element]);
        Real square = v[element] += change2 * (g * g - v[element]);
        p[element] = shrink * p[element] - rate * mean / (sqrt(square) * correction + eps);
    }
}
