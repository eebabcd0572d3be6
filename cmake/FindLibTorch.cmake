# Finds LibTorch without asking for a CUDA toolkit.
#
#   LibTorch::cpu    torch_cpu + c10: all that CPU programs link
#   LibTorch::cuda   torch_cuda + c10_cuda, when SCRIBA_CUDA is not OFF and every library they need is found (LibTorch_CUDA_FOUND)
#   LibTorch_VERSION
#
# Looked for in Torch_ROOT (a LibTorch folder, or the torch folder of a Python wheel), then where setup.sh puts it.
include(FindPackageHandleStandardArgs)

if(NOT SCRIBA_DEPS)
  if(DEFINED ENV{SCRIBA_DEPS})
    set(SCRIBA_DEPS "$ENV{SCRIBA_DEPS}")
  else()
    set(SCRIBA_DEPS "$ENV{HOME}/.cache/scriba")
  endif()
endif()
set(_torch_hints "${Torch_ROOT}" "$ENV{Torch_ROOT}" "${SCRIBA_DEPS}/libtorch-2.14.1/torch")
find_path(LibTorch_INCLUDE_DIR torch/torch.h HINTS ${_torch_hints} PATH_SUFFIXES include/torch/csrc/api/include NO_DEFAULT_PATH)
find_path(LibTorch_ATEN_DIR ATen/ATen.h HINTS ${_torch_hints} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS ${_torch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${_torch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_ATEN_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)

foreach(_header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(LibTorch_ATEN_DIR AND NOT LibTorch_VERSION AND EXISTS "${LibTorch_ATEN_DIR}/${_header}")
    file(STRINGS "${LibTorch_ATEN_DIR}/${_header}" _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
    if(_lines)
      string(REGEX REPLACE "[^0-9;]" "" LibTorch_VERSION "${_lines}")
      string(REPLACE ";" "." LibTorch_VERSION "${LibTorch_VERSION}")
    endif()
  endif()
endforeach()

find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR LibTorch_ATEN_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run ./setup.sh, or give your own LibTorch with -DTorch_ROOT=/path/to/libtorch")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  get_filename_component(_torch_lib "${LibTorch_CPU_LIBRARY}" DIRECTORY)
  # The wheel's torch_cpu needs libcudart and libcupti even on a machine without a GPU; the linker has to see them.
  set(_cuda_hints "${_torch_lib}/../../nvidia/cu13/lib" /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64)
  set(_rpath_link "-Wl,-rpath-link,${_torch_lib}")
  foreach(_dir IN LISTS _cuda_hints)
    if(EXISTS "${_dir}")
      list(APPEND _rpath_link "-Wl,-rpath-link,${_dir}")
    endif()
  endforeach()

  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_C10_LIBRARY}")
  add_library(LibTorch::cpu SHARED IMPORTED)
  set_target_properties(LibTorch::cpu PROPERTIES
    IMPORTED_LOCATION "${LibTorch_CPU_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_ATEN_DIR};${LibTorch_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES LibTorch::c10
    INTERFACE_LINK_OPTIONS "${_rpath_link}")

  # CUDA: torch_cuda and every shared library that it needs.
  set(LibTorch_CUDA_FOUND FALSE)
  if(DEFINED SCRIBA_CUDA AND NOT SCRIBA_CUDA STREQUAL "OFF")
    find_package(CUDAToolkit QUIET)
    find_library(LibTorch_CUDA_LIBRARY torch_cuda HINTS "${_torch_lib}" NO_DEFAULT_PATH)
    find_library(LibTorch_C10_CUDA_LIBRARY c10_cuda HINTS "${_torch_lib}" NO_DEFAULT_PATH)
    mark_as_advanced(LibTorch_CUDA_LIBRARY LibTorch_C10_CUDA_LIBRARY)
    set(_missing "")
    if(NOT CUDAToolkit_FOUND)
      list(APPEND _missing "CUDA toolkit")
    endif()
    if(NOT LibTorch_CUDA_LIBRARY OR NOT LibTorch_C10_CUDA_LIBRARY)
      list(APPEND _missing "libtorch_cuda")
    endif()
    file(GLOB _nvidia_libs LIST_DIRECTORIES TRUE "${_torch_lib}/../../nvidia/*/lib")
    # Those of the toolkit's own that a toolkit may lack, and those that no toolkit brings.
    foreach(_lib cudnn.so.9 nccl.so.2 cusparseLt.so.0 nvshmem_host.so.3 cufile.so.0)
      find_library(LibTorch_NEEDS_${_lib} "lib${_lib}" HINTS ${_nvidia_libs} ${CUDAToolkit_LIBRARY_DIR} "${_torch_lib}")
      mark_as_advanced(LibTorch_NEEDS_${_lib})
      if(NOT LibTorch_NEEDS_${_lib})
        list(APPEND _missing "lib${_lib}")
      endif()
    endforeach()
    if(NOT _missing)
      set(LibTorch_CUDA_FOUND TRUE)
      add_library(LibTorch::c10_cuda SHARED IMPORTED)
      set_target_properties(LibTorch::c10_cuda PROPERTIES IMPORTED_LOCATION "${LibTorch_C10_CUDA_LIBRARY}")
      add_library(LibTorch::cuda SHARED IMPORTED)
      # Programs call nothing of torch_cuda by symbol; it must be linked all the same, since loading it registers its kernels.
      set_target_properties(LibTorch::cuda PROPERTIES
        IMPORTED_LOCATION "${LibTorch_CUDA_LIBRARY}"
        INTERFACE_LINK_LIBRARIES "LibTorch::cpu;LibTorch::c10_cuda;CUDA::cudart"
        INTERFACE_LINK_OPTIONS "-Wl,--no-as-needed;-Wl,--allow-shlib-undefined")
    elseif(SCRIBA_CUDA STREQUAL "ON")
      list(JOIN _missing ", " _missing)
      message(FATAL_ERROR "SCRIBA_CUDA is ON but LibTorch's CUDA libraries cannot be linked; missing: ${_missing}")
    endif()
  endif()
endif()
