// A driver that is too old for the backend: it starts, but lacks symbols.
#define REFUSES(name) \
    int name(void) { return 999; }

int cuInit(unsigned flags) { return flags != 0; }

int cuDriverGetVersion(int *version) {
    *version = 11000;
    return 0;
}

REFUSES(cuCtxGetCurrent)
REFUSES(cuCtxSetCurrent)
REFUSES(cuCtxSynchronize)
REFUSES(cuDeviceGet)
REFUSES(cuDeviceGetAttribute)
REFUSES(cuDeviceGetCount)
REFUSES(cuDeviceGetName)
REFUSES(cuDevicePrimaryCtxRelease_v2)
REFUSES(cuDevicePrimaryCtxRetain)
REFUSES(cuDeviceTotalMem_v2)
REFUSES(cuEventCreate)
REFUSES(cuEventDestroy_v2)
REFUSES(cuEventElapsedTime)
REFUSES(cuEventRecord)
REFUSES(cuEventSynchronize)
REFUSES(cuGetErrorName)
REFUSES(cuGetErrorString)
REFUSES(cuLaunchKernel)
REFUSES(cuMemAlloc_v2)
REFUSES(cuMemFreeHost)
REFUSES(cuMemFree_v2)
REFUSES(cuMemGetInfo_v2)
REFUSES(cuMemHostAlloc)
REFUSES(cuMemcpyDtoHAsync_v2)
REFUSES(cuMemcpyHtoDAsync_v2)
REFUSES(cuMemsetD8Async)
REFUSES(cuModuleGetFunction)
REFUSES(cuModuleLoadData)
REFUSES(cuModuleUnload)
REFUSES(cuStreamCreate)
REFUSES(cuStreamDestroy_v2)
REFUSES(cuStreamSynchronize)
REFUSES(cuStreamWaitEvent)
