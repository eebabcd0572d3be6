#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <scriba/engine/openvino.hpp>
#include <scriba/reader.hpp>
#include <scriba/zoo/pp_ocr.hpp>

namespace scriba::zoo {

/// What runs the networks of a reader.
enum class EngineKind {
  automatic,  ///< the fastest that this build has: OpenVINO, else LibTorch
  eager,      ///< LibTorch
  openvino
};

struct PpOcrReaderOptions {
  std::filesystem::path detector_file = {}, recognizer_file = {}, direction_file = {};  ///< ONNX; empty: the pretrained PP-OCRv6 small and v2.0 files
  std::optional<Alphabet> alphabet = {};                                      ///< instead of the one in the recogniser file
  bool direction = true;                                                 ///< look for lines that stand upside down
  EngineKind engine = EngineKind::automatic;
  engine::OpenVinoOptions openvino = {};
  ReaderOptions reader = {};
};

/// A reader whose parts are chosen at run time. Safe to call from several threads at once.
struct PageReader {
  std::function<PageText(const cv::Mat&)> read;
  std::string engine;  ///< what runs the networks
};

namespace detail {

inline EngineKind chosen(EngineKind kind) {
  if (kind != EngineKind::automatic) return kind;
  return engine::OpenVino::available() ? EngineKind::openvino : EngineKind::eager;
}

template <class D, class R, class C>
PageReader page_reader(std::shared_ptr<D> detector, std::shared_ptr<R> recognizer, std::shared_ptr<C> direction, const ReaderOptions& options,
                       std::string engine) {
  auto reader = std::make_shared<const Reader<D, R, C>>(std::move(detector), std::move(recognizer), std::move(direction), options);
  return {[reader](const cv::Mat& image) { return reader->read(image); }, std::move(engine)};
}

}  // namespace detail

/// The reader of PP-OCRv6 small with the v2.0 direction classifier: general text of 50 languages, pretrained.
/// Throws Error when a file is missing or is not what it should be.
inline PageReader pp_ocr_reader(const PpOcrReaderOptions& options = {}) {
  const auto file = [](const std::filesystem::path& given, const char* pretrained) {
    return given.empty() ? pretrained_folder() / pretrained : given;
  };
  const auto detector_file = file(options.detector_file, kPpOcrV6DetectorFile), recognizer_file = file(options.recognizer_file, kPpOcrV6RecognizerFile),
             direction_file = file(options.direction_file, kPpOcrV2DirectionFile);
  const auto recognizer_onnx = io::read_onnx(recognizer_file);
  const auto detector_options = pp_ocr_detector_options();
  const auto recognizer_options = pp_ocr_recognizer_options(options.alphabet ? *options.alphabet : pp_ocr_alphabet(recognizer_onnx));
  const auto direction_options = pp_ocr_direction_options();

  if (detail::chosen(options.engine) == EngineKind::openvino) {
    using engine::OpenVino;
    const auto run = [&](const std::filesystem::path& onnx, bool best_class) {
      auto settings = options.openvino;
      settings.best_class = best_class;
      return std::make_shared<const OpenVino>(onnx, settings);
    };
    std::shared_ptr<const DeployedRecognizer<PpOcrV2Direction, OpenVino>> direction;
    if (options.direction)
      direction = std::make_shared<const DeployedRecognizer<PpOcrV2Direction, OpenVino>>(run(direction_file, false), direction_options);
    return detail::page_reader(std::make_shared<const DeployedDetector<PpOcrV6Detector, OpenVino>>(run(detector_file, false), detector_options),
                               std::make_shared<const DeployedRecognizer<PpOcrV6Recognizer, OpenVino>>(run(recognizer_file, true), recognizer_options),
                               direction, options.reader, "OpenVINO");
  }
  std::shared_ptr<PpOcrV2Direction> direction;
  if (options.direction) direction = import_pp_ocr<PpOcrV2Direction>(io::read_onnx(direction_file), direction_options);
  return detail::page_reader(import_pp_ocr<PpOcrV6Detector>(io::read_onnx(detector_file), detector_options),
                             import_pp_ocr<PpOcrV6Recognizer>(recognizer_onnx, recognizer_options), direction, options.reader, "LibTorch");
}

}  // namespace scriba::zoo
