#include <scriba/zoo/pp_ocr_reader.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <scriba/engine/openvino.hpp>
#include <scriba/reader.hpp>
#include <scriba/zoo/pp_ocr.hpp>

namespace scriba::zoo {
namespace {

using engine::OpenVino;

std::filesystem::path file_or(const std::filesystem::path& given, const char* pretrained) {
  return given.empty() ? pretrained_folder() / pretrained : given;
}

bool by_openvino(EngineKind kind) { return kind == EngineKind::openvino || (kind == EngineKind::automatic && OpenVino::available()); }

std::shared_ptr<const OpenVino> openvino(const PpOcrOptions& options, const std::filesystem::path& file, bool best_class = false) {
  auto settings = options.openvino;
  settings.best_class = best_class;
  return std::make_shared<const OpenVino>(file, settings);
}

// Refuses a network whose first output cannot be what is expected: `dims` with -1 for any size. A size that the file leaves open fits.
void require_output(const io::OnnxFile& file, const char* what, const std::vector<std::int64_t>& dims) {
  const auto text = [](const std::vector<std::int64_t>& sizes) {
    std::string out;
    for (const auto size : sizes) out += (out.empty() ? "[" : ", ") + (size < 0 ? std::string("?") : std::to_string(size));
    return out + "]";
  };
  const auto got = file.outputs.empty() ? std::vector<std::int64_t>{} : file.outputs[0].dims;
  bool fits = got.size() == dims.size();
  for (std::size_t i = 0; fits && i < dims.size(); ++i) fits = dims[i] < 0 || got[i] < 0 || dims[i] == got[i];
  if (!fits)
    throw Error(
        {.what = std::string("the network is not a ") + what, .where = file.path, .expected = "an output " + text(dims), .got = text(got)});
}

// The published network whose tensors a file holds, for LibTorch, which has to know the architecture. `Other` is the older one.
// `settings` makes the options of either type.
template <class Newest, class Other, class Make, class Use>
auto with_architecture(const io::OnnxFile& file, const Make& settings, const Use& use) {
  if (has_pp_ocr_weights<Other>(file))
    return use(std::shared_ptr<const Other>(import_pp_ocr<Other>(file, settings(std::type_identity<Other>()))));
  return use(std::shared_ptr<const Newest>(import_pp_ocr<Newest>(file, settings(std::type_identity<Newest>()))));
}

// Hands the detector to `use`, whichever type it has.
template <class Use>
auto with_detector(const PpOcrOptions& options, const Use& use) {
  const auto file = io::read_onnx(file_or(options.detector_file, kPpOcrV6DetectorFile));
  require_output(file, "text detector", {-1, 1, -1, -1});
  const auto settings = [&]<class Model>(std::type_identity<Model>) {
    auto out = pp_ocr_detector_options<Model>();
    out.input = options.input;
    out.postprocess = options.boxes;
    return out;
  };
  if (by_openvino(options.engine))
    return use(std::make_shared<const DeployedDetector<PpOcrV6Detector, OpenVino>>(openvino(options, file.path),
                                                                                   settings(std::type_identity<PpOcrV6Detector>())));
  return with_architecture<PpOcrV6Detector, PpOcrV4Detector>(file, settings, use);
}

template <class Use>
auto with_recognizer(const PpOcrOptions& options, const Use& use) {
  const auto file = io::read_onnx(file_or(options.recognizer_file, kPpOcrV6RecognizerFile));
  require_output(file, "text recogniser", {-1, -1, -1});
  const auto alphabet = options.alphabet ? *options.alphabet : pp_ocr_alphabet(file);
  if (const auto classes = file.outputs[0].dims[2]; classes >= 0) alphabet.require_classes(classes);
  if (options.beam_width == 0 && (!options.lexicon.empty() || options.language_model))
    throw Error({.what = "a lexicon and a language model need a beam search", .where = "beam_width", .expected = "at least 1", .got = "0"});
  std::shared_ptr<const ctc::Lexicon> lexicon;
  std::shared_ptr<const ctc::LanguageScorer> language;
  if (!options.lexicon.empty()) lexicon = std::make_shared<const ctc::Lexicon>(options.lexicon, alphabet, alphabet.class_of(" "));
  if (options.language_model)
    language = std::make_shared<const ctc::LanguageScorer>(options.language_model, alphabet, options.language_weight, options.length_bonus);
  const auto settings = [&]<class Model>(std::type_identity<Model>) {
    auto out = pp_ocr_recognizer_options<Model>(alphabet);
    out.input = options.line;
    out.postprocess.beam_width = options.beam_width;
    out.postprocess.lexicon = lexicon;
    out.postprocess.language = language;
    return out;
  };
  if (by_openvino(options.engine)) {
    // The best path needs one class a frame, a beam search all of them.
    const auto network = openvino(options, file.path, /*best_class=*/options.beam_width == 0);
    return use(std::make_shared<const DeployedRecognizer<PpOcrV6Recognizer, OpenVino>>(network,
                                                                                       settings(std::type_identity<PpOcrV6Recognizer>())));
  }
  return with_architecture<PpOcrV6Recognizer, PpOcrV4Recognizer>(file, settings, use);
}

template <class Use>
auto with_direction(const PpOcrOptions& options, const Use& use) {
  if (!options.direction) return use(std::shared_ptr<const NoDirection>());
  const auto file = io::read_onnx(file_or(options.direction_file, kPpOcrV2DirectionFile));
  require_output(file, "direction classifier", {-1, 2});
  if (by_openvino(options.engine))
    return use(
        std::make_shared<const DeployedRecognizer<PpOcrV2Direction, OpenVino>>(openvino(options, file.path), pp_ocr_direction_options()));
  return use(std::shared_ptr<const PpOcrV2Direction>(import_pp_ocr<PpOcrV2Direction>(file, pp_ocr_direction_options())));
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
    return classifier ? std::make_shared<const AnyDirection>(
                            AnyDirection{[classifier](std::span<const cv::Mat> crops) { return classifier->predict(crops); }})
                      : std::shared_ptr<const AnyDirection>();
  });
  const auto reader = std::make_shared<const Reader<AnyDetector, AnyRecognizer, AnyDirection>>(std::move(detector), std::move(recognizer),
                                                                                               std::move(direction), options.reader);
  return {[reader](const cv::Mat& image) { return reader->read(image); }, engine_name(options)};
}

}  // namespace scriba::zoo
