#pragma once

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace scriba::train {

/// Makes this process keep the memory that it frees, for the allocations of the next step, instead of giving it back to the system: every
/// step of training asks for the same gigabyte or so, and the system fills each page with zeros first. That costs a fifth of a step on CPUs
/// (docs/results.md). For programs that train; call it first of all. Memory of the process only grows from then on.
///
/// True where the C library has such settings (glibc).
inline bool keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int never = -1, at_once = 1 << 28;  // bytes that the heap grows by
  return mallopt(M_MMAP_MAX, 0) == 1 && mallopt(M_TRIM_THRESHOLD, never) == 1 && mallopt(M_TOP_PAD, at_once) == 1;
#else
  return false;
#endif
}

}  // namespace scriba::train
