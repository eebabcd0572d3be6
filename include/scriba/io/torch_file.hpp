#pragma once

#include <filesystem>

#include <scriba/io/state_dict.hpp>
#include <scriba/io/value.hpp>

namespace scriba::io {

/// Reads a file written by Python's `torch.save`, in the zip form (PyTorch 1.6 and later) or the older pickle form.
///
/// Safe for files of unknown origin: nothing in the file is ever executed. Plain values, containers, tensors, parameters, types, devices
/// and NumPy scalars are read; any other name of a class or function is refused with an Error that names it. Memory is bounded by a
/// small multiple of the file's size.
///
/// Tensors come on the CPU, without gradient; those that share a storage in the file share it here, and strides are kept. A set
/// becomes a list, a torch dtype or device its text ("torch.float32", "cuda:0"), an integer beyond 64 bits a double, a Counter a dict.
/// Attributes of containers (`_metadata` of a state_dict) are dropped. Throws Error for a file that is cut off or contradicts itself.
Value read_torch_file(const std::filesystem::path& path);

/// True for a TorchScript module, which is a zip file like that of torch.save, but a program. Throws Error for a zip file of neither.
bool is_torchscript(const std::filesystem::path& path);

/// The weights in what read_torch_file gave: a dict of tensors, or such a dict under "state_dict", "model_state_dict", "model" or
/// "net", also one inside the other. A prefix "module." that every name has (DataParallel) is dropped. Throws Error when there is none.
StateDict state_dict_of(const Value& value);

/// state_dict_of(read_torch_file(path)), with the path in every Error.
StateDict read_state_dict(const std::filesystem::path& path);

/// Writes {"state_dict": OrderedDict, "metadata": metadata} in the zip form, which `torch.load(path, weights_only=True)` reads.
///
/// Tensors are written contiguous; the same tensor under two names is written once. Metadata may hold None, bool, int, double, text,
/// tensors, lists, tuples and dicts. The file appears whole or not at all: it is written beside `path` and then renamed. The same input
/// gives the same bytes. Throws Error when the file cannot be written and for a value that cannot be.
void write_torch_file(const std::filesystem::path& path, const StateDict& weights, const Dict& metadata);

}  // namespace scriba::io
