// The kernels of crates/cuda/kernel for the CPU: the threads of a range of groups, one after another.
#include <cmath>
#include <cstring>

#define DEVICE inline
static inline float float_of_bits(unsigned bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
#include "coadd.cuh"

template <class Sampler>
static void run(const void *args, u32 first, u32 last) {
    Launch job;
    std::memcpy(&job, args, sizeof job);
    for (u32 group = first; group < last; group++)
        for (u32 thread = 0; thread < GROUP_THREADS; thread++) coadd<Sampler>(job, group, thread);
}

extern "C" const size_t fake_cuda_launch_bytes = sizeof(Launch);

extern "C" void fake_cuda_coadd_bilinear(const void *args, u32 first, u32 last) {
    run<Bilinear>(args, first, last);
}

extern "C" void fake_cuda_coadd_nearest(const void *args, u32 first, u32 last) {
    run<Nearest>(args, first, last);
}
