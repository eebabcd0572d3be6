#include <scriba/zoo/deployed.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <scriba/deploy/metadata.hpp>
#include <scriba/detector.hpp>
#include <scriba/engine/any.hpp>
#include <scriba/engine/open.hpp>
#include <scriba/engine/openvino.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/head/fixed_length.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/word_language.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/db_boxes.hpp>
#include <scriba/postprocess/db_multi_class_boxes.hpp>
#include <scriba/postprocess/fixed_length_text.hpp>
#include <scriba/postprocess/pan_boxes.hpp>
#include <scriba/postprocess/pse_boxes.hpp>
#include <scriba/postprocess/sast_boxes.hpp>
#include <scriba/recognizer.hpp>

#include "apply_search.hpp"
#include "best_class.hpp"
#include "detector_changes.hpp"
#include "region_finder.hpp"

namespace scriba::zoo {
namespace {

// What DeployedDetector and DeployedRecognizer need of a model: no layers.
template <class Post, class Out, class In>
struct Form {
  struct Options {
    In input = {};
    typename Post::Options postprocess = {};
  };
  using PostProcess = Post;
  using Output = Out;
  using Result = typename Post::Result;
};

using Db = Form<postprocess::DbBoxes, head::DbMaps, DetectorInput>;
using DbMultiClass = Form<postprocess::DbMultiClassBoxes, head::DbMultiClassMaps, DetectorInput>;
using Pse = Form<postprocess::PseBoxes, head::PseMaps, DetectorInput>;
using Pan = Form<postprocess::PanBoxes, head::PanMaps, DetectorInput>;
using Sast = Form<postprocess::SastBoxes, head::SastMaps, DetectorInput>;
using Ctc = Form<postprocess::CtcText, head::CtcSequence, LineInput>;
using FixedLength = Form<postprocess::FixedLengthText, head::FixedLengthText, LineInput>;

// A file with what it says.
struct File {
  std::filesystem::path path;
  engine::Opened network;

  File(std::filesystem::path file, const engine::Choice& choice) : path(std::move(file)), network(engine::open(path, choice)) {}

  bool says_how() const { return network.metadata.contains(deploy::kSettingsKey); }
  std::string kind() const { return deploy::require(network.metadata, deploy::kPostprocessKey, path.string()); }
  std::optional<io::WordLanguage> language() const {
    const auto found = network.metadata.find(deploy::kLanguageKey);
    if (found == network.metadata.end()) return {};
    io::Record record;
    record.set("language", deploy::record_from_json(found->second, path.string()).dict());
    return io::word_language(record, path.string());
  }
  std::shared_ptr<const engine::Any> engine() const { return std::make_shared<const engine::Any>(network.engine); }

  [[noreturn]] void refuse(const char* wanted) const {
    throw Error({.what = "the network is of another kind", .where = path.string(), .expected = wanted, .got = kind()});
  }
};

template <class Model>
typename Model::Options options_in(const File& file) {
  typename Model::Options settings;
  if (file.says_how()) deploy::read_settings(file.network.metadata, file.path.string(), settings);
  return settings;
}

template <class Model>
RegionFinder finder(const File& file, const DeployedDetectorOptions& options) {
  using Regions = typename Model::PostProcess::Options;
  auto settings = options_in<Model>(file);
  settings.input = options.input.value_or(settings.input);
  if (options.regions) {
    const auto* regions = std::get_if<Regions>(&*options.regions);
    if (!regions) file.refuse("the one that the given options are for");
    settings.postprocess = *regions;
  }
  settings.input.resize.side = options.changes.side.value_or(settings.input.resize.side);
  detail::apply(options.changes, file.path.string(), settings.postprocess);
  auto works_with = detail::settings_of(settings.input, settings.postprocess);
  auto detector = std::make_shared<const DeployedDetector<Model, engine::Any>>(file.engine(), std::move(settings));
  return detail::region_finder(
      std::move(detector), file.network.engine.name(), std::move(works_with),
      [name = file.path.string()](const DetectorChanges& changes, auto& boxes) { detail::apply(changes, name, boxes); });
}

template <class Model>
LineReader reader(const File& file, const DeployedRecognizerOptions& options) {
  auto settings = options_in<Model>(file);
  settings.input = options.input.value_or(settings.input);
  settings.postprocess.alphabet = options.alphabet.value_or(settings.postprocess.alphabet);
  if (file.network.classes) settings.postprocess.alphabet.require_classes(*file.network.classes);
  detail::apply(options.search, file.language(), file.path.string(), settings.postprocess);
  const auto recognizer = std::make_shared<const DeployedRecognizer<Model, engine::Any>>(file.engine(), std::move(settings));
  return {[recognizer](std::span<const cv::Mat> crops) { return recognizer->predict(crops); }, file.network.engine.name()};
}

// How a recogniser's file is opened: with the best classes alone where these are all that is read.
engine::Choice choice_for(const std::filesystem::path& path, const DeployedRecognizerOptions& options) {
  auto choice = options.engine;
  const bool by_openvino =
      choice.kind == engine::Kind::openvino || (choice.kind == engine::Kind::automatic && engine::OpenVino::available());
  if (by_openvino && path.extension() == ".onnx") choice.openvino.best_class = detail::best_class_is_enough(io::read_onnx(path), options);
  return choice;
}

template <class Options>
struct FormOf;
template <>
struct FormOf<postprocess::DbBoxesOptions> : std::type_identity<Db> {};
template <>
struct FormOf<postprocess::DbMultiClassBoxesOptions> : std::type_identity<DbMultiClass> {};
template <>
struct FormOf<postprocess::PseBoxesOptions> : std::type_identity<Pse> {};
template <>
struct FormOf<postprocess::PanBoxesOptions> : std::type_identity<Pan> {};
template <>
struct FormOf<postprocess::SastBoxesOptions> : std::type_identity<Sast> {};

}  // namespace

RegionFinder deployed_detector(const std::filesystem::path& path, const DeployedDetectorOptions& options) {
  detail::require_shares(options.changes);
  const File file(path, options.engine);
  if (!file.says_how() && options.input && options.regions)
    return std::visit([&]<class Regions>(const Regions&) { return finder<typename FormOf<Regions>::type>(file, options); },
                      *options.regions);
  const auto kind = file.kind();
  if (kind == "DbBoxes") return finder<Db>(file, options);
  if (kind == "DbMultiClassBoxes") return finder<DbMultiClass>(file, options);
  if (kind == "PseBoxes") return finder<Pse>(file, options);
  if (kind == "PanBoxes") return finder<Pan>(file, options);
  if (kind == "SastBoxes") return finder<Sast>(file, options);
  file.refuse("a detector");
}

LineReader deployed_recognizer(const std::filesystem::path& path, const DeployedRecognizerOptions& options) {
  const File file(path, choice_for(path, options));
  if (!file.says_how() && options.input && options.alphabet) return reader<Ctc>(file, options);
  const auto kind = file.kind();
  if (kind == "CtcText") return reader<Ctc>(file, options);
  if (kind == "FixedLengthText") return reader<FixedLength>(file, options);
  file.refuse("a recogniser");
}

}  // namespace scriba::zoo
