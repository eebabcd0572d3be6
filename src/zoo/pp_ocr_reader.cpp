#include <scriba/zoo/pp_ocr_reader.hpp>

#include <memory>
#include <utility>

#include <scriba/engine/openvino.hpp>
#include <scriba/reader.hpp>
#include <scriba/zoo/pp_ocr.hpp>

namespace scriba::zoo {
namespace {

using engine::OpenVino;

std::filesystem::path file_or(const std::filesystem::path& given, const char* pretrained) { return given.empty() ? pretrained_folder() / pretrained : given; }

bool by_openvino(EngineKind kind) { return kind == EngineKind::openvino || (kind == EngineKind::automatic && OpenVino::available()); }

std::shared_ptr<const OpenVino> openvino(const PpOcrOptions& options, const std::filesystem::path& file, bool best_class = false) {
  auto settings = options.openvino;
  settings.best_class = best_class;
  return std::make_shared<const OpenVino>(file, settings);
}

// Hands the detector to `use`, whichever type it has.
template <class Use>
auto with_detector(const PpOcrOptions& options, const Use& use) {
  const auto file = file_or(options.detector_file, kPpOcrV6DetectorFile);
  auto settings = pp_ocr_detector_options();
  settings.input = options.input;
  settings.postprocess = options.boxes;
  if (by_openvino(options.engine)) return use(std::make_shared<const DeployedDetector<PpOcrV6Detector, OpenVino>>(openvino(options, file), settings));
  return use(std::shared_ptr<const PpOcrV6Detector>(import_pp_ocr<PpOcrV6Detector>(io::read_onnx(file), settings)));
}

template <class Use>
auto with_recognizer(const PpOcrOptions& options, const Use& use) {
  const auto onnx = io::read_onnx(file_or(options.recognizer_file, kPpOcrV6RecognizerFile));
  auto settings = pp_ocr_recognizer_options(options.alphabet ? *options.alphabet : pp_ocr_alphabet(onnx));
  settings.postprocess.beam_width = options.beam_width;
  if (by_openvino(options.engine)) {
    // The best path needs one class a frame, a beam search all of them.
    const auto network = openvino(options, onnx.path, /*best_class=*/options.beam_width == 0);
    return use(std::make_shared<const DeployedRecognizer<PpOcrV6Recognizer, OpenVino>>(network, settings));
  }
  return use(std::shared_ptr<const PpOcrV6Recognizer>(import_pp_ocr<PpOcrV6Recognizer>(onnx, settings)));
}

template <class Use>
auto with_direction(const PpOcrOptions& options, const Use& use) {
  if (!options.direction) return use(std::shared_ptr<const NoDirection>());
  const auto file = file_or(options.direction_file, kPpOcrV2DirectionFile);
  if (by_openvino(options.engine))
    return use(std::make_shared<const DeployedRecognizer<PpOcrV2Direction, OpenVino>>(openvino(options, file), pp_ocr_direction_options()));
  return use(std::shared_ptr<const PpOcrV2Direction>(import_pp_ocr<PpOcrV2Direction>(io::read_onnx(file), pp_ocr_direction_options())));
}

std::string engine_name(const PpOcrOptions& options) { return by_openvino(options.engine) ? "OpenVINO" : "LibTorch"; }

// The three parts as one type each, so that the reader is compiled once and not for every combination of engines.
struct AnyDetector {
  std::function<std::vector<TextRegion>(const cv::Mat&)> call;
  std::vector<TextRegion> predict(const cv::Mat& image) const { return call(image); }
};
struct AnyRecognizer {
  std::function<std::vector<Transcript>(std::span<const cv::Mat>)> call;
  std::vector<Transcript> predict(std::span<const cv::Mat> crops) const { return call(crops); }
};
struct AnyDirection {
  std::function<std::vector<ClassScore>(std::span<const cv::Mat>)> call;
  std::vector<ClassScore> predict(std::span<const cv::Mat> crops) const { return call(crops); }
};

}  // namespace

RegionFinder pp_ocr_detector(const PpOcrOptions& options) {
  return with_detector(options, [&](auto detector) -> RegionFinder {
    return {[detector](const cv::Mat& image) { return detector->predict(image); }, engine_name(options)};
  });
}

LineReader pp_ocr_recognizer(const PpOcrOptions& options) {
  return with_recognizer(options, [&](auto recognizer) -> LineReader {
    return {[recognizer](std::span<const cv::Mat> crops) { return recognizer->predict(crops); }, engine_name(options)};
  });
}

PageReader pp_ocr_reader(const PpOcrOptions& options) {
  auto detector = std::make_shared<const AnyDetector>(AnyDetector{pp_ocr_detector(options).predict});
  auto recognizer = std::make_shared<const AnyRecognizer>(AnyRecognizer{pp_ocr_recognizer(options).predict});
  auto direction = with_direction(options, [](auto classifier) {
    return classifier ? std::make_shared<const AnyDirection>(AnyDirection{[classifier](std::span<const cv::Mat> crops) { return classifier->predict(crops); }})
                      : std::shared_ptr<const AnyDirection>();
  });
  const auto reader = std::make_shared<const Reader<AnyDetector, AnyRecognizer, AnyDirection>>(std::move(detector), std::move(recognizer),
                                                                                                std::move(direction), options.reader);
  return {[reader](const cv::Mat& image) { return reader->read(image); }, engine_name(options)};
}

}  // namespace scriba::zoo
