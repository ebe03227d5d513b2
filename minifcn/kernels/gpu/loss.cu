// Cross-entropy at every pixel: logits are (N, C, P), labels (N, P). One thread per output element. Read loss.py next.
#include "common.cuh"

// Whether the label is a class. One that is neither a class nor ignored makes loss and gradient NaN: raising an error
// immediately would force the host to wait for the GPU in every step.
__device__ inline bool is_class(long long label, long long C) { return 0 <= label && label < C; }
__device__ inline Real not_a_number() { return log((Real)-1); }

// loss = class_weight[t] * (log sum_c exp(logits[c]) - logits[t]), 0 where the label t is ignore_index. The largest
// logit is subtracted first, so that exp never overflows.
extern "C" __global__ void cross_entropy_forward(const Real* logits, const long long* target, const Real* class_weight,
                                                 long long ignore_index, long long C, long long P,
                                                 Real* log_normalizer, Real* loss, long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        long long p = pop(n, P);
        const Real* logit = logits + n * C * P + p;                                 // logit[c * P] is class c's

        Real largest = logit[0];
        for (long long c = 1; c < C; c++) largest = max(largest, logit[c * P]);
        Real sum = 0;
        for (long long c = 0; c < C; c++) sum += exp(logit[c * P] - largest);
        log_normalizer[element] = largest + log(sum);

        long long t = target[element];
        loss[element] = t == ignore_index ? 0
                      : is_class(t, C) ? class_weight[t] * (log_normalizer[element] - logit[t * P])
                      : not_a_number();
    }
}

// grad_logits[c] = grad_loss * class_weight[t] * (softmax[c] - [c == t]), softmax[c] = exp(logits[c] - log_normalizer).
extern "C" __global__ void cross_entropy_backward(const Real* grad_loss, const Real* logits, const Real* log_normalizer,
                                                  const long long* target, const Real* class_weight,
                                                  long long ignore_index, long long C, long long P, Real* grad_logits,
                                                  long long count)
{
    FOR_EACH(element, count) {
        long long n = element;
        long long p = pop(n, P), c = pop(n, C), pixel = n * P + p;

        long long t = target[pixel];
        Real softmax = exp(logits[element] - log_normalizer[pixel]);
        grad_logits[element] = t == ignore_index ? 0
                             : is_class(t, C) ? grad_loss[pixel] * class_weight[t] * (softmax - (c == t))
                             : not_a_number();
    }
}
