// The kernels of crates/cuda/kernel on the CPU: runs the threads of a range of groups one after another.
#include <cmath>
#include <cstddef>
#include <cstring>

#define DEVICE inline
#define OFFSET_OF(type, member) offsetof(type, member)
static inline float float_of_bits(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
static inline unsigned bits_of_float(float value) {
    unsigned bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}
static inline void raise(unsigned *word, unsigned bits) { __atomic_fetch_or(word, bits, __ATOMIC_RELAXED); }
#include "coadd.cuh"

template <class Sampler, class Rule>
static void run(const void *args, u32 first, u32 last) {
    Launch job;
    std::memcpy(&job, args, sizeof job);
    for (u32 group = first; group < last; group++)
        for (u32 thread = 0; thread < GROUP_THREADS; thread++) coadd<Sampler, Rule>(job, group, thread);
}

extern "C" const size_t fake_cuda_launch_bytes = sizeof(Launch);
extern "C" const u32 fake_cuda_group_threads = GROUP_THREADS;

#define ENTRY(name, sampler, rule)                                            \
    extern "C" void fake_cuda_##name(const void *args, u32 first, u32 last) { \
        run<sampler, rule>(args, first, last);                                \
    }
#define BOTH(name, sampler)            \
    ENTRY(coadd_##name, sampler, Fold) \
    ENTRY(stack_##name, sampler, Stack)

EACH_KERNEL(BOTH)
