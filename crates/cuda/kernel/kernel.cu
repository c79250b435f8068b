// The kernels as NVRTC compiles them.
#define DEVICE __device__ __forceinline__
#define float_of_bits(bits) __uint_as_float(bits)
#include "coadd.cuh"

extern "C" __global__ void __launch_bounds__(GROUP_THREADS) coadd_bilinear(const Launch job) {
    coadd<Bilinear>(job, blockIdx.x, threadIdx.x);
}

extern "C" __global__ void __launch_bounds__(GROUP_THREADS) coadd_nearest(const Launch job) {
    coadd<Nearest>(job, blockIdx.x, threadIdx.x);
}
