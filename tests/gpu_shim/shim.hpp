// Just enough of CUDA for g++ to compile the .cu files, and to run a grid on the CPU one block after another.
// The threads of a block are coroutines: __syncthreads() hands over to the next, and a thread goes on only when every
// thread of its block has arrived. So a missing barrier gives wrong numbers here as well, on every run alike.
// It cannot see races between blocks, warp instructions, a GPU's rounding, or speed. Read shim.py next.
#pragma once
#include <cmath>
#include <ucontext.h>

using std::exp;
using std::log;
using std::max;
using std::min;

struct Index { unsigned x; };
static Index blockIdx, threadIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __shared__ static           // blocks run one after another, so one copy will do

namespace shim {

constexpr unsigned MOST_THREADS = 1024, STACK = 64 << 10;
constexpr int DONE = 0, BARRIER_NOT_REACHED_BY_ALL = 1, TOO_MANY_THREADS = 2;

struct Thread { ucontext_t context; bool finished; };
static Thread threads[MOST_THREADS];
static char stacks[MOST_THREADS][STACK];
static ucontext_t scheduler;
static Thread* running;
static void (*kernel)(void**);
static void** arguments;

static void body()
{
    kernel(arguments);
    running->finished = true;       // on return the coroutine goes on with uc_link, the scheduler
}

static void start(unsigned t)
{
    threads[t].finished = false;
    getcontext(&threads[t].context);
    threads[t].context.uc_stack.ss_sp = stacks[t];
    threads[t].context.uc_stack.ss_size = STACK;
    threads[t].context.uc_link = &scheduler;
    makecontext(&threads[t].context, body, 0);
}

// One turn for every thread, up to its next barrier or its end; the number of threads that have ended.
static unsigned turn(bool last_first)
{
    unsigned ended = 0;
    for (unsigned k = 0; k < blockDim.x; k++) {
        unsigned t = last_first ? blockDim.x - 1 - k : k;
        if (!threads[t].finished) {
            running = &threads[t];
            threadIdx.x = t;
            swapcontext(&scheduler, &threads[t].context);
        }
        ended += threads[t].finished;
    }
    return ended;
}

static int launch(void (*chosen)(void**), void** given, unsigned blocks, unsigned block_threads, bool last_first)
{
    if (block_threads > MOST_THREADS) return TOO_MANY_THREADS;
    kernel = chosen;
    arguments = given;
    gridDim.x = blocks;
    blockDim.x = block_threads;
    for (blockIdx.x = 0; blockIdx.x < blocks; blockIdx.x++) {
        for (unsigned t = 0; t < block_threads; t++) start(t);
        unsigned ended;
        do {
            ended = turn(last_first);
            if (ended != 0 && ended != block_threads) return BARRIER_NOT_REACHED_BY_ALL;
        } while (ended == 0);
    }
    return DONE;
}

}   // namespace shim

static void __syncthreads() { swapcontext(&shim::running->context, &shim::scheduler); }
