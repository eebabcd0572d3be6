#pragma once
// Any detector as a RegionFinder: in one call, and in two halves.

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <ATen/ops/from_blob.h>

#include <scriba/detector.hpp>
#include <scriba/engine/eager.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

namespace scriba::zoo::detail {

// What a detector is composed of, and how its network runs: by LibTorch or by another engine.
template <class D>
struct NetworkOf {
  using Model = D;
  static NamedTensors run(const std::shared_ptr<const D>& detector, const at::Tensor& batch) {
    return engine::Eager<D>(detector).run(batch);
  }
};
template <class M, class E>
struct NetworkOf<DeployedDetector<M, E>> {
  using Model = M;
  static NamedTensors run(const std::shared_ptr<const DeployedDetector<M, E>>& detector, const at::Tensor& batch) {
    return detector->engine().run(batch);
  }
};

inline cv::Mat copied(const at::Tensor& map) {
  const auto values = map.to(at::kCPU, at::kFloat).contiguous();
  const std::vector<int> sizes(values.sizes().begin(), values.sizes().end());
  cv::Mat out(sizes, CV_32F);
  std::memcpy(out.data, values.data_ptr<float>(), static_cast<std::size_t>(values.numel()) * sizeof(float));
  return out;
}

inline NamedTensors tensors_of(const DetectorMaps& maps) {
  NamedTensors out;
  for (const auto& [name, values] : maps.maps) {
    const std::vector<std::int64_t> sizes(values.size.p, values.size.p + values.dims);
    out.push_back({name, at::from_blob(values.data, sizes, at::kFloat)});
  }
  return out;
}

template <class D>
DetectorMaps run_network(const std::shared_ptr<const D>& detector, const cv::Mat& image) {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto start = Clock::now();
  const auto batch = detector_batch(image, detector->options().input);
  const auto prepared = Clock::now();
  const auto outputs = NetworkOf<D>::run(detector, batch);
  const auto done = Clock::now();
  DetectorMaps out{
      .source = image.size(), .prepare_ms = Milliseconds(prepared - start).count(), .network_ms = Milliseconds(done - prepared).count()};
  for (const auto& output : outputs) out.maps.emplace_back(output.name, copied(output.value));
  return out;
}

template <class Maps>
concept HasClasses = requires(const Maps& maps) {
  maps.class_logits;
};

// `settings`: what the detector works with. `apply(changes, options)` changes options of its post-processing.
template <class D, class Apply>
RegionFinder region_finder(std::shared_ptr<const D> detector, std::string engine, DetectorChanges settings, Apply apply) {
  using Model = typename NetworkOf<D>::Model;
  return {.predict = [detector](const cv::Mat& image) { return detector->predict(image); },
          .engine = std::move(engine),
          .settings = std::move(settings),
          .classes = HasClasses<typename Model::Output>,
          .maps = [detector](const cv::Mat& image) { return run_network(detector, image); },
          .regions = [detector, apply](const DetectorMaps& maps, const DetectorChanges& changes) -> std::vector<TextRegion> {
            require_shares(changes);
            auto options = detector->options().postprocess;
            apply(changes, options);
            return typename Model::PostProcess(options)(output_from<typename Model::Output>(tensors_of(maps)), {&maps.source, 1})[0];
          }};
}

}  // namespace scriba::zoo::detail
