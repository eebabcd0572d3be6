#include <scriba/zoo/pp_ocr_reader.hpp>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <scriba/engine/open.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/io/model_settings.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/io/word_language.hpp>
#include <scriba/reader.hpp>
#include <scriba/zoo/deployed.hpp>
#include <scriba/zoo/pp_ocr.hpp>

#include "apply_search.hpp"
#include "detector_changes.hpp"
#include "region_finder.hpp"
#include "with_engine.hpp"

namespace scriba::zoo {
namespace {

std::filesystem::path file_or(const std::filesystem::path& given, const char* pretrained) {
  return given.empty() ? pretrained_folder() / pretrained : given;
}

// What training wrote is a zip archive, ONNX files are not.
bool is_trained(const std::filesystem::path& file) {
  char begin[2] = {};
  return std::ifstream(file, std::ios::binary).read(begin, 2) && begin[0] == 'P' && begin[1] == 'K';
}

// A file that deploy wrote, of any network: it is used as it says.
bool is_deployed(const std::filesystem::path& path) {
  if (path.empty()) return false;
  if (path.extension() == ".onnx") return io::read_onnx(path).metadata.contains(deploy::kSettingsKey);
  return is_trained(path) && io::is_torchscript(path);
}

// Engines that read ONNX files themselves; LibTorch has to know the architecture.
bool reads_onnx(engine::Kind kind) {
  return kind == engine::Kind::openvino || kind == engine::Kind::opencv ||
         (kind == engine::Kind::automatic && engine::OpenVino::available());
}

using detail::deployed, detail::engine_name, detail::with_engine;

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

// The published network whose tensors a file holds: LibTorch has to know the architecture. `Other` is the older one. `settings` makes the
// options of either type.
template <class Newest, class Other, class Make, class Use>
auto with_architecture(const engine::Choice& choice, const io::OnnxFile& file, const Make& settings, const Use& use) {
  if (has_pp_ocr_weights<Other>(file))
    return with_engine<Other>(choice, import_pp_ocr<Other>(file, settings(std::type_identity<Other>())), use);
  return with_engine<Newest>(choice, import_pp_ocr<Newest>(file, settings(std::type_identity<Newest>())), use);
}

// A trained model with what its file says, folded unless it is to be compared.
template <class Model>
std::shared_ptr<Model> trained(const PpOcrOptions& options, const std::filesystem::path& path, const char* architecture) {
  auto model = io::load_composed<Model>(path, architecture);
  if (options.changes.fold) model->fold();
  return model;
}

constexpr const char *kTrainedV6 = "pp-ocr-v6", *kTrainedV4 = "pp-ocr-v4";

// `adjust` changes the options of either type; it gets the file's record, too.
template <class Newest, class Other, class Adjust, class Use>
auto with_trained(const PpOcrOptions& options, const std::filesystem::path& path, const Adjust& adjust, const Use& use) {
  const auto record = io::load_model(path).record;
  const auto with = [&]<class Model>(std::shared_ptr<Model> model) {
    adjust(model->options(), record);
    return with_engine<Model>(options.engine, std::move(model), use);
  };
  if (record.text("architecture") == kTrainedV4) return with(trained<Other>(options, path, kTrainedV4));
  return with(trained<Newest>(options, path, kTrainedV6));
}

// Hands the detector to `use`, whichever type it has.
template <class Use>
auto with_detector(const PpOcrOptions& options, const Use& use) {
  detail::require_shares(options.changes);
  const auto adjust = [&](auto& settings) {
    settings.input = options.input.value_or(settings.input);
    settings.input.resize.side = options.changes.side.value_or(settings.input.resize.side);
    settings.postprocess = options.boxes.value_or(settings.postprocess);
    detail::apply(options.changes, settings.postprocess);
  };
  const auto path = file_or(options.detector_file, kPpOcrV6DetectorFile);
  if (is_trained(path))
    return with_trained<PpOcrV6Detector, PpOcrV4Detector>(
        options, path, [&](auto& settings, const io::Record&) { adjust(settings); }, use);
  const auto file = io::read_onnx(path);
  require_output(file, "text detector", {-1, 1, -1, -1});
  const auto settings = [&]<class Model>(std::type_identity<Model>) {
    auto out = pp_ocr_detector_options<Model>();
    adjust(out);
    return out;
  };
  if (reads_onnx(options.engine.kind))
    return use(deployed<PpOcrV6Detector>(engine::open(file.path, options.engine).engine, settings(std::type_identity<PpOcrV6Detector>())));
  return with_architecture<PpOcrV6Detector, PpOcrV4Detector>(options.engine, file, settings, use);
}

template <class Use>
auto with_recognizer(const PpOcrOptions& options, const Use& use) {
  const auto path = file_or(options.recognizer_file, kPpOcrV6RecognizerFile);
  const auto adjust = [&](auto& settings) { settings.input = options.line.value_or(settings.input); };
  if (is_trained(path)) {
    const auto adjust_trained = [&](auto& settings, const io::Record& record) {
      adjust(settings);
      detail::apply(options.search, io::word_language(record, path.string()), path.string(), settings.postprocess);
    };
    return with_trained<PpOcrV6Recognizer, PpOcrV4Recognizer>(options, path, adjust_trained, use);
  }
  const auto file = io::read_onnx(path);
  require_output(file, "text recogniser", {-1, -1, -1});
  const auto alphabet = options.alphabet ? *options.alphabet : pp_ocr_alphabet(file);
  if (const auto classes = file.outputs[0].dims[2]; classes >= 0) alphabet.require_classes(classes);
  const auto settings = [&]<class Model>(std::type_identity<Model>) {
    auto out = pp_ocr_recognizer_options<Model>(alphabet);
    adjust(out);
    detail::apply(options.search, {}, path.string(), out.postprocess);
    return out;
  };
  if (reads_onnx(options.engine.kind)) {
    auto choice = options.engine;
    choice.openvino.best_class = options.search.beam_width == 0;  // the best path needs one class a frame, a beam search all of them
    return use(deployed<PpOcrV6Recognizer>(engine::open(file.path, choice).engine, settings(std::type_identity<PpOcrV6Recognizer>())));
  }
  return with_architecture<PpOcrV6Recognizer, PpOcrV4Recognizer>(options.engine, file, settings, use);
}

template <class Use>
auto with_direction(const PpOcrOptions& options, const Use& use) {
  if (!options.direction) return use(std::shared_ptr<const NoDirection>());
  const auto file = io::read_onnx(file_or(options.direction_file, kPpOcrV2DirectionFile));
  require_output(file, "direction classifier", {-1, 2});
  if (reads_onnx(options.engine.kind))
    return use(deployed<PpOcrV2Direction>(engine::open(file.path, options.engine).engine, pp_ocr_direction_options()));
  return use(std::shared_ptr<const PpOcrV2Direction>(import_pp_ocr<PpOcrV2Direction>(file, pp_ocr_direction_options())));
}

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

std::filesystem::path word_model(const char* name) {
  std::vector<std::filesystem::path> folders;
  if (const char* set = std::getenv("SCRIBA_MODELS"); set && *set) folders.emplace_back(set);
  folders.insert(folders.end(), {SCRIBA_SOURCE_MODELS, SCRIBA_INSTALLED_MODELS});
  std::string tried;
  for (const auto& folder : folders) {
    std::error_code failed;
    if (std::filesystem::exists(folder / name, failed)) return folder / name;
    tried += (tried.empty() ? "" : ", ") + folder.string();
  }
  throw Error({.what = "no networks for words", .where = name, .expected = "in " + tried});
}

}  // namespace

PpOcrOptions pp_ocr_words() { return {.detector_file = word_model(kWordDetectorFile), .recognizer_file = word_model(kWordRecognizerFile)}; }

RegionFinder pp_ocr_detector(const PpOcrOptions& options) {
  if (is_deployed(options.detector_file)) {
    const auto regions = options.boxes ? std::optional<RegionOptions>(*options.boxes) : std::nullopt;
    return deployed_detector(options.detector_file,
                             {.input = options.input, .regions = regions, .changes = options.changes, .engine = options.engine});
  }
  auto finder = with_detector(options, [&](auto detector) {
    const auto& settings = detector->options();
    return detail::region_finder(detector, engine_name(*detector), detail::settings_of(settings.input, settings.postprocess),
                                 [](const DetectorChanges& changes, postprocess::DbBoxesOptions& boxes) { detail::apply(changes, boxes); });
  });
  const auto& file = options.detector_file;
  if (!file.empty() && is_trained(file) && !io::load_model(file).record.flag("deployed"))
    finder.unfolded = [unfolded = options]() mutable {
      unfolded.changes.fold = false;
      return pp_ocr_detector(unfolded);
    };
  return finder;
}

LineReader pp_ocr_recognizer(const PpOcrOptions& options) {
  if (is_deployed(options.recognizer_file))
    return deployed_recognizer(options.recognizer_file,
                               {.input = options.line, .alphabet = options.alphabet, .search = options.search, .engine = options.engine});
  return with_recognizer(options, [&](auto recognizer) -> LineReader {
    return {[recognizer](std::span<const cv::Mat> crops) { return recognizer->predict(crops); }, engine_name(*recognizer)};
  });
}

PageReader pp_ocr_reader(const PpOcrOptions& options) {
  auto finder = pp_ocr_detector(options);
  auto lines = pp_ocr_recognizer(options);
  auto engine = finder.engine == lines.engine ? finder.engine : finder.engine + " and " + lines.engine;
  auto detector = std::make_shared<const AnyDetector>(AnyDetector{std::move(finder.predict)});
  auto recognizer = std::make_shared<const AnyRecognizer>(AnyRecognizer{std::move(lines.predict)});
  auto direction = with_direction(options, [](auto classifier) {
    return classifier ? std::make_shared<const AnyDirection>(
                            AnyDirection{[classifier](std::span<const cv::Mat> crops) { return classifier->predict(crops); }})
                      : std::shared_ptr<const AnyDirection>();
  });
  const auto reader = std::make_shared<const Reader<AnyDetector, AnyRecognizer, AnyDirection>>(std::move(detector), std::move(recognizer),
                                                                                               std::move(direction), options.reader);
  return {[reader](const cv::Mat& image) { return reader->read(image); }, std::move(engine)};
}

}  // namespace scriba::zoo
