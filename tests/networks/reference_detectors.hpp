#pragma once
// The reference's detectors, built from our parts by the names of its components.

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <scriba/nn/part.hpp>

namespace golden {

/// A network whose parts are chosen at run time. `module` holds them as `backbone`, `neck` and `head`.
struct ReferenceDetector {
  std::shared_ptr<torch::nn::Module> module;
  std::function<scriba::Features(const at::Tensor&)> backbone;  // finest level first
  std::function<scriba::Features(const scriba::Features&)> neck;
  std::function<std::map<std::string, at::Tensor>(const scriba::Features&)> head;  // outputs by the reference's names
  bool coarsest_first = false;                                                     // how the reference orders the backbone's maps
};

/// `components` and `base` as in the JSON of a case. Throws std::runtime_error for a name or setting that stands for nothing here.
ReferenceDetector reference_detector(const nlohmann::json& components, const nlohmann::json& base);

/// Our name of a parameter or buffer to the reference's.
std::string reference_name(const std::string& ours);

}  // namespace golden
