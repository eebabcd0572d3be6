#pragma once
// The reference's recognisers, built from our parts by the names of its components.

#include <torch/torch.h>

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <scriba/nn/part.hpp>

namespace golden {

/// A network whose parts are chosen at run time. `module` holds them as `backbone`, `neck` and `head`.
struct ReferenceRecognizer {
  std::shared_ptr<torch::nn::Module> module;
  std::function<scriba::Features(const at::Tensor&)> backbone;
  // What the reference's head returns, by its names: `logits` in either mode, `feats.I` of CRNN, and of FC what its `flat` may be.
  std::function<std::map<std::string, at::Tensor>(const scriba::Features&)> head;
  std::function<at::Tensor(const scriba::Features&)> probability;  // what our head gives in evaluation
  std::function<std::string(const std::string&)> reference_name;   // our name of a parameter or buffer to the reference's
};

/// `components` and `base` as in the JSON of a case. Throws std::runtime_error for a name or setting that stands for nothing here.
ReferenceRecognizer reference_recognizer(const nlohmann::json& components, const nlohmann::json& base);

}  // namespace golden
