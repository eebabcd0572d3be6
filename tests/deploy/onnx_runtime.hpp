#pragma once

#include <torch/torch.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <scriba/nn/named_output.hpp>
#include "io/temporary_folder.hpp"

namespace deploy_tests {

/// ONNX Runtime, in a Python of the environment's SCRIBA_PYTHON that has onnxruntime, onnx and numpy.
class OnnxRuntime {
 public:
  explicit OnnxRuntime(std::filesystem::path file) : file_(std::move(file)) {}

  static const char* python() { return std::getenv("SCRIBA_PYTHON"); }

  scriba::NamedTensors run(const at::Tensor& batch) const {
    const TemporaryFolder folder;
    const auto input = batch.contiguous();
    folder.file("input", {static_cast<const char*>(input.const_data_ptr()), static_cast<std::size_t>(input.nbytes())});
    std::string command = python();
    for (const auto& word : {std::string(SCRIBA_SOURCE "/tests/deploy/onnx_runtime.py"), file_.string(), (folder / "").string()})
      command.append(" \"").append(word).append("\"");
    for (const auto side : input.sizes()) command.append(" ").append(std::to_string(side));
    if (std::system(command.c_str()) != 0) throw std::runtime_error(command);
    scriba::NamedTensors out;
    std::ifstream shapes(folder / "shapes");
    for (std::string line; std::getline(shapes, line);) {
      std::istringstream words(line);
      std::string name;
      words >> name;
      std::vector<std::int64_t> sizes;
      for (std::int64_t side; words >> side;) sizes.push_back(side);
      auto value = torch::empty(sizes);
      std::ifstream(folder / std::to_string(out.size()), std::ios::binary)
          .read(static_cast<char*>(value.mutable_data_ptr()), static_cast<std::streamsize>(value.nbytes()));
      out.push_back({name, value});
    }
    return out;
  }

 private:
  std::filesystem::path file_;
};

}  // namespace deploy_tests
