#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <scriba/image/network_input.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/nn/form.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/db_multi_class_regions.hpp>
#include <scriba/postprocess/db_regions.hpp>
#include <scriba/postprocess/fixed_length_text.hpp>
#include <scriba/postprocess/pan_regions.hpp>
#include <scriba/postprocess/pse_regions.hpp>
#include <scriba/postprocess/sast_regions.hpp>
#include <scriba/text/alphabet.hpp>

/// What a model has to know besides its weights, in its file: preprocessing, alphabet, thresholds.
///
/// Each type has one function `describe(archive, value)`, which names its fields for writing and reading alike. A type of your own becomes
/// storable by such a function beside it (it is found by argument-dependent lookup).
namespace scriba {

constexpr std::array<std::string_view, 4> names_of(ResizeSide) { return {"shorter_at_least", "shorter", "longer", "longer_at_most"}; }
constexpr std::array<std::string_view, 3> names_of(ChannelOrder) { return {"bgr", "rgb", "grey"}; }
constexpr std::array<std::string_view, 3> names_of(LineWidth) { return {"paddle", "truncated", "whole_fours"}; }
constexpr std::array<std::string_view, 2> names_of(LinePadding) { return {"zero", "black"}; }
constexpr std::array<std::string_view, 2> names_of(LongLines) { return {"squeeze", "split"}; }
constexpr std::array<std::string_view, 2> names_of(TallLines) { return {"upright", "best_turn"}; }
constexpr std::array<std::string_view, 2> names_of(CornerOrder) { return {"by_x", "by_angle"}; }
constexpr std::array<std::string_view, 2> names_of(CornerPairing) { return {"nearest", "reference"}; }

template <class Archive>
void describe(Archive& in, DetectorResize& v) {
  in("by", v.by), in("side", v.side), in("multiple", v.multiple), in("max_side", v.max_side), in("max_pixels", v.max_pixels);
}
template <class Archive>
void describe(Archive& in, Normalization& v) {
  in("mean", v.mean), in("std", v.std), in("order", v.order);
}
template <class Archive>
void describe(Archive& in, DetectorInput& v) {
  in("resize", v.resize), in("normalization", v.normalization);
}
template <class Archive>
void describe(Archive& in, LineSize& v) {
  in("height", v.height), in("min_canvas", v.min_canvas), in("step", v.step), in("max_width", v.max_width), in("by", v.by),
      in("padding", v.padding);
}
template <class Archive>
void describe(Archive& in, LineInput& v) {
  in("size", v.size), in("normalization", v.normalization), in("long_lines", v.long_lines), in("max_batch", v.max_batch),
      in("max_batch_columns", v.max_batch_columns), in.optional("tall_lines", v.tall_lines);
}

namespace ctc {
constexpr std::array<std::string_view, 3> names_of(Score) { return {"mean", "product", "minimum"}; }
template <class Archive>
void describe(Archive& in, GreedyOptions& v) {
  in("score", v.score), in("five_decimals", v.five_decimals);
}
template <class Archive>
void describe(Archive& in, SpaceRule& v) {
  in("gap", v.gap), in("tidy", v.tidy);
}
}  // namespace ctc

namespace kernel {
constexpr std::array<std::string_view, 2> names_of(SmallKernels) { return {"dropped", "grown_then_dropped"}; }
}  // namespace kernel

namespace postprocess {
constexpr std::array<std::string_view, 2> names_of(ClassVote) { return {"inside", "bounding_rectangle"}; }
constexpr std::array<std::string_view, 3> names_of(DbRule) { return {"paddle_ocr", "reference_python", "reference_cpp"}; }
constexpr std::array<std::string_view, 2> names_of(RegionShape) { return {"quad", "polygon"}; }
constexpr std::array<std::string_view, 2> names_of(RegionScore) { return {"box", "contour"}; }

template <class Archive>
void describe(Archive& in, DbBoxesOptions& v) {
  in("threshold", v.threshold), in("box_threshold", v.box_threshold), in("unclip_ratio", v.unclip_ratio), in("min_size", v.min_size);
  in("max_candidates", v.max_candidates), in("dilate", v.dilate), in("shape", v.shape), in("score", v.score), in("rule", v.rule);
  in("corners", v.corners), in("whole_pixels", v.whole_pixels);
}
template <class Archive>
void describe(Archive& in, DbMultiClassBoxesOptions& v) {
  in("boxes", v.boxes), in("vote", v.vote);
}
template <class Archive>
void describe(Archive& in, LabelRegionsOptions& v) {
  in("min_text_area", v.min_text_area), in("min_score", v.min_score), in("shape", v.shape), in("simplify", v.simplify);
  in("corners", v.corners), in("cut_polygons", v.cut_polygons);
}
template <class Archive>
void describe(Archive& in, PseBoxesOptions& v) {
  in("threshold", v.threshold), in("min_kernel_area", v.min_kernel_area), in("regions", v.regions);
}
template <class Archive>
void describe(Archive& in, PanBoxesOptions& v) {
  in("threshold", v.threshold), in("distance", v.distance), in("min_kernel_area", v.min_kernel_area);
  in("small_kernels", v.small_kernels), in("regions", v.regions);
}
template <class Archive>
void describe(Archive& in, SastBoxesOptions& v) {
  in("score_threshold", v.score_threshold), in("nms_threshold", v.nms_threshold), in("point_pairs", v.point_pairs), in("shape", v.shape);
  in("expand_ends", v.expand_ends), in("expand_height", v.expand_height), in("min_quad_area", v.min_quad_area);
  in("min_quad_side", v.min_quad_side), in("min_fill", v.min_fill), in("pairing", v.pairing);
}
// A lexicon and a language model are the caller's, not the model's.
template <class Archive>
void describe(Archive& in, CtcTextOptions& v) {
  in("alphabet", v.alphabet), in("greedy", v.greedy), in("beam_width", v.beam_width), in("candidates", v.candidates),
      in("spaces", v.spaces);
}
template <class Archive>
void describe(Archive& in, FixedLengthTextOptions& v) {
  in("alphabet", v.alphabet);
}
}  // namespace postprocess

namespace io {
namespace detail {

// Puts fields into a record.
class SettingsWriter {
 public:
  template <class T>
  void operator()(const char* key, const T& value) {
    if constexpr (std::is_enum_v<T>) {
      record_.set(key, std::string(names_of(value)[static_cast<std::size_t>(value)]));
    } else if constexpr (std::same_as<T, bool>) {
      record_.set(key, value);
    } else if constexpr (std::integral<T>) {
      record_.set(key, static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      record_.set(key, static_cast<double>(value));
    } else if constexpr (std::same_as<T, std::array<double, 3>>) {
      record_.set(key, List(value.begin(), value.end()));
    } else if constexpr (std::same_as<T, Alphabet>) {
      Record alphabet;
      alphabet.set("blank_first", value.blank() == 0).set("characters", Value(value.characters()));
      record_.set(key, alphabet.dict());
    } else {
      SettingsWriter nested;
      describe(nested, const_cast<T&>(value));  // writing leaves it as it is
      record_.set(key, nested.record_.dict());
    }
  }

  /// A field that files of before do not have.
  template <class T>
  void optional(const char* key, const T& value) {
    (*this)(key, value);
  }

  const Record& record() const { return record_; }

 private:
  Record record_;
};

// Takes fields out of a record; a missing or unfit one is an Error with its name.
class SettingsReader {
 public:
  explicit SettingsReader(const Record& record) : record_(record) {}

  template <class T>
  void operator()(const char* key, T& value) const {
    if constexpr (std::is_enum_v<T>) {
      const auto& name = record_.text(key);
      constexpr auto names = names_of(T{});
      for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) {
          value = static_cast<T>(i);
          return;
        }
      std::string known;
      for (const auto& one : names) known += (known.empty() ? "" : ", ") + std::string(one);
      record_.fail(key, "one of " + known, name);
    } else if constexpr (std::same_as<T, bool>) {
      value = record_.flag(key);
    } else if constexpr (std::integral<T>) {
      const auto number = record_.integer(key);
      if (!std::in_range<T>(number)) record_.fail(key, "a number that fits", std::to_string(number));
      value = static_cast<T>(number);
    } else if constexpr (std::floating_point<T>) {
      value = static_cast<T>(record_.number(key));
    } else if constexpr (std::same_as<T, std::array<double, 3>>) {
      const auto numbers = record_.numbers(key);
      if (numbers.size() != value.size()) record_.fail(key, "3 numbers", std::to_string(numbers.size()));
      std::copy(numbers.begin(), numbers.end(), value.begin());
    } else if constexpr (std::same_as<T, Alphabet>) {
      const auto alphabet = record_.record(key);
      value = Alphabet(alphabet.texts("characters"), alphabet.flag("blank_first") ? BlankClass::first : BlankClass::last);
    } else {
      const auto nested = record_.record(key);
      SettingsReader reader(nested);
      describe(reader, value);
    }
  }

  template <class T>
  void optional(const char* key, T& value) const {
    if (record_.has(key)) (*this)(key, value);
  }

 private:
  const Record& record_;
};

// Of one part; a neck may be a chain of two.
template <class PartOptions, class Do>
void each_part_form(PartOptions& options, Do& act) {
  if constexpr (requires { options.form; }) act(options.form);
  if constexpr (requires { options.first, options.second; }) each_part_form(options.first, act), each_part_form(options.second, act);
}

// Every part of the options that has two forms.
template <class Options, class Do>
void each_form(Options& options, Do&& act) {
  each_part_form(options.backbone, act), each_part_form(options.neck, act), each_part_form(options.head, act);
}

}  // namespace detail

/// Writes a composed model - a Detector or a Recognizer - with its preprocessing, its post-processing (alphabet, thresholds) and its form.
/// `architecture` names the composition, for example "PpOcrV6Detector". Throws Error when the file cannot be written.
template <class Model>
void save_composed(const std::filesystem::path& path, std::string architecture, const Model& model) {
  auto options = model.options();
  bool deployed = false;
  detail::each_form(options, [&](nn::Form form) { deployed = deployed || form == nn::Form::deployed; });
  detail::SettingsWriter settings;
  settings("deployed", deployed);
  settings("input", options.input);
  settings("postprocess", options.postprocess);
  save_model(path, std::move(architecture), state_dict(model), settings.record());
}

/// Makes a model from what save_composed wrote, in evaluation mode: input, post-processing, form and number of classes come from the
/// file, everything else from `options`. Throws one Error that says what is wrong.
template <class Model>
std::shared_ptr<Model> load_composed(const std::filesystem::path& path, std::string_view architecture,
                                     typename Model::Options options = {}) {
  const auto file = load_model(path, architecture);
  const detail::SettingsReader settings(file.record);
  bool deployed = false;
  settings("deployed", deployed);
  settings("input", options.input);
  settings("postprocess", options.postprocess);
  detail::each_form(options, [&](nn::Form& form) { form = deployed ? nn::Form::deployed : nn::Form::training; });
  if constexpr (requires { options.head.classes = options.postprocess.alphabet.classes(); })
    options.head.classes = options.postprocess.alphabet.classes();
  auto model = std::make_shared<Model>(std::move(options));
  load_weights(*model, file.weights);
  model->eval();
  return model;
}

}  // namespace io
}  // namespace scriba
