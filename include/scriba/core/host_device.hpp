#pragma once

/// Marks the functors of scriba/kernel that one thread of a CPU and one thread of a GPU run alike.
#ifdef __CUDACC__
#define SCRIBA_HOST_DEVICE __host__ __device__
#else
#define SCRIBA_HOST_DEVICE
#endif
