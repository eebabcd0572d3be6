#pragma once
// Names and shapes of all weights of the reference's networks, as shared/reference/state_dict_shapes.txt lists them.

#include <fstream>
#include <map>
#include <string>

#include <scriba/io/weights.hpp>
#include "support/formula.hpp"

namespace golden {

using Shapes = std::map<std::string, std::string>;  // by the reference's name

/// By the name of the network.
inline std::map<std::string, Shapes> listed_state_dicts(const fs::path& path) {
  std::map<std::string, Shapes> out;
  std::ifstream file(path);
  std::string model;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) model = line.substr(3, line.find(':') - 3);
    if (const auto tab = line.find('\t'); tab != std::string::npos && !line.starts_with("#"))
      out[model][line.substr(0, tab)] = line.substr(tab + 1);
  }
  return out;
}

/// Of a network of ours, under the reference's names.
inline Shapes shapes(const torch::nn::Module& module, const ReferenceName& reference_name) {
  Shapes out;
  for (const auto& [name, tensor] : scriba::io::state_dict(module))
    out[reference_name(name)] = scriba::io::detail::shape_text(tensor.sizes());
  return out;
}

}  // namespace golden
