# Finds Torch-TensorRT with TensorRT.
#
#   TorchTensorRT::torchtrt   libtorchtrt and libnvinfer
#   TorchTensorRT_VERSION
#   TorchTensorRT_INCLUDE_DIR, TorchTensorRT_CUDA_INCLUDE_DIR   set when the headers are there, even if a library is missing
#
# TorchTensorRT_ROOT: the folder that the wheel torch-tensorrt was unpacked into, or its folder torch_tensorrt. TensorRT's libraries are
# looked for in TensorRT_ROOT, in the folder of the wheel tensorrt-cu13-libs beside it, and where the system has libraries.
include(FindPackageHandleStandardArgs)

set(_hints "${TorchTensorRT_ROOT}/torch_tensorrt" "${TorchTensorRT_ROOT}" "$ENV{TorchTensorRT_ROOT}/torch_tensorrt" "$ENV{TorchTensorRT_ROOT}")
find_path(TorchTensorRT_INCLUDE_DIR torch_tensorrt/torch_tensorrt.h HINTS ${_hints} PATH_SUFFIXES include)
find_library(TorchTensorRT_LIBRARY torchtrt HINTS ${_hints} PATH_SUFFIXES lib)
set(_hints "${TensorRT_ROOT}" "$ENV{TensorRT_ROOT}" "${TorchTensorRT_ROOT}/tensorrt_libs" "${TorchTensorRT_ROOT}/../tensorrt_libs")
find_library(TorchTensorRT_NVINFER NAMES libnvinfer.so.11 nvinfer HINTS ${_hints} PATH_SUFFIXES lib)
find_library(TorchTensorRT_NVINFER_PLUGIN NAMES libnvinfer_plugin.so.11 nvinfer_plugin HINTS ${_hints} PATH_SUFFIXES lib)
# The toolkit's, or those of the wheel nvidia-cuda-runtime beside LibTorch.
find_path(TorchTensorRT_CUDA_INCLUDE_DIR cuda_runtime.h HINTS ${CUDAToolkit_INCLUDE_DIRS} "${LibTorch_ATEN_DIR}/../../nvidia/cu13/include"
  PATHS /usr/local/cuda/include)
mark_as_advanced(TorchTensorRT_INCLUDE_DIR TorchTensorRT_LIBRARY TorchTensorRT_NVINFER TorchTensorRT_NVINFER_PLUGIN TorchTensorRT_CUDA_INCLUDE_DIR)

if(TorchTensorRT_INCLUDE_DIR)
  file(STRINGS "${TorchTensorRT_INCLUDE_DIR}/torch_tensorrt/macros.h" _lines REGEX "define TORCH_TENSORRT_(MAJOR|MINOR|PATCH)_VERSION [0-9]+")
  string(REGEX REPLACE "[^0-9;]" "" TorchTensorRT_VERSION "${_lines}")
  string(REPLACE ";" "." TorchTensorRT_VERSION "${TorchTensorRT_VERSION}")
endif()

find_package_handle_standard_args(TorchTensorRT
  REQUIRED_VARS TorchTensorRT_LIBRARY TorchTensorRT_NVINFER TorchTensorRT_NVINFER_PLUGIN TorchTensorRT_INCLUDE_DIR TorchTensorRT_CUDA_INCLUDE_DIR
  VERSION_VAR TorchTensorRT_VERSION
  REASON_FAILURE_MESSAGE "unpack the wheel torch-tensorrt and give its folder with -DTorchTensorRT_ROOT=..., that of TensorRT's libraries with -DTensorRT_ROOT=...")

if(TorchTensorRT_FOUND AND NOT TARGET TorchTensorRT::torchtrt)
  add_library(TorchTensorRT::nvinfer SHARED IMPORTED)
  set_target_properties(TorchTensorRT::nvinfer PROPERTIES IMPORTED_LOCATION "${TorchTensorRT_NVINFER}")
  add_library(TorchTensorRT::nvinfer_plugin SHARED IMPORTED)
  set_target_properties(TorchTensorRT::nvinfer_plugin PROPERTIES IMPORTED_LOCATION "${TorchTensorRT_NVINFER_PLUGIN}")
  add_library(TorchTensorRT::torchtrt SHARED IMPORTED)
  # libtorchtrt looks for what it needs in folders of the machine that it was built on: all is linked directly, so that ours is found.
  get_filename_component(_torch_lib "${LibTorch_CPU_LIBRARY}" DIRECTORY)
  set_target_properties(TorchTensorRT::torchtrt PROPERTIES
    IMPORTED_LOCATION "${TorchTensorRT_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${TorchTensorRT_INCLUDE_DIR};${TorchTensorRT_CUDA_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "TorchTensorRT::nvinfer;TorchTensorRT::nvinfer_plugin;${_torch_lib}/libtorch.so;${_torch_lib}/libtorch_global_deps.so"
    INTERFACE_LINK_OPTIONS "-Wl,--no-as-needed;-Wl,--allow-shlib-undefined")
endif()
