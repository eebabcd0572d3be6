#pragma once
// Every detector of the zoo behind one type, so that tests and benchmarks treat them alike and their networks are compiled once.

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <array>
#include <functional>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/geometry/polygon.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/loss/terms.hpp>
#include <scriba/nn/named_output.hpp>
#include <scriba/target/text_annotation.hpp>

namespace zoo_tests {

struct AnyDetector {
  std::string name;
  std::array<std::string, 5> parts;  // backbone, neck, head, loss, post-process
  std::shared_ptr<torch::nn::Module> module;
  scriba::DetectorInput* input;  // of the model: tests work on small images
  std::function<scriba::NamedTensors(const at::Tensor&)> forward;
  // What one step of training minimises: the batch through the network, targets made from the annotations.
  std::function<scriba::LossTerms(const at::Tensor&, std::span<const scriba::target::PageAnnotation>)> loss;
  std::function<std::vector<std::vector<scriba::TextRegion>>(const at::Tensor&, std::span<const cv::Size>)> regions;
  std::function<std::vector<scriba::TextRegion>(const cv::Mat&)> predict;
  std::function<void()> fold;

  std::int64_t parameter_count() const;
};

/// The names of all detectors: those of the reference in the zoo's order, those with further backbones, PP-OCR's.
const std::vector<std::string>& detector_names();

/// A freshly made one. Throws scriba::Error for a name that is not among detector_names().
AnyDetector any_detector(std::string_view name);

}  // namespace zoo_tests
