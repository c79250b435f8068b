// The kernels as NVRTC compiles them.
#define DEVICE __device__ __forceinline__
#define float_of_bits(bits) __uint_as_float(bits)
#define bits_of_float(value) __float_as_uint(value)
#define raise(word, bits) atomicOr(word, bits)
// NVRTC has no offsetof.
#define OFFSET_OF(type, member) ((unsigned long long)&((type *)0)->member)
#include "coadd.cuh"

#define ENTRY(name, sampler, rule)                                                       \
    extern "C" __global__ void __launch_bounds__(GROUP_THREADS, 2) name(const Launch job) { \
        coadd<sampler, rule>(job, blockIdx.x, threadIdx.x);                              \
    }
#define BOTH(name, sampler)               \
    ENTRY(coadd_##name, sampler, Fold)    \
    ENTRY(stack_##name, sampler, Stack)

EACH_KERNEL(BOTH)
