#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <scriba/core/error.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/zoo/reference_recognizer_list.hpp>
#include <scriba/zoo/reference_recognizers.hpp>

namespace scriba::zoo {

/// A configuration as a type, for code that handles all of them alike.
template <std::size_t Index, class M>
struct ReferenceRecognizerTag {
  using Model = M;
  static constexpr const RecognizerInfo& info = kReferenceRecognizers[Index];

  static typename M::Options options(Alphabet alphabet) {
    auto options = reference_recognizer_options<M>(std::move(alphabet), info.columns);
    if constexpr (requires { options.loss.length_weight; }) options.loss.length_weight = info.training.length_weighted;
    return options;
  }
};

namespace detail {

// A name that is not in the list does not compile.
consteval std::size_t recognizer_at(std::string_view name) { return reference_recognizer_index(name).value(); }

template <std::size_t Index, class M>
using RecognizerTag = ReferenceRecognizerTag<Index, M>;

using ReferenceRecognizerTags = std::tuple<
    RecognizerTag<recognizer_at("crnn-resnet34"), CrnnResNet34>, RecognizerTag<recognizer_at("crnn-resnet34-center"), CrnnResNet34>,
    RecognizerTag<recognizer_at("crnn-resnet34-wide"), CrnnResNet34Wide>,
    RecognizerTag<recognizer_at("crnn-mobilenet-v3-large"), CrnnMobileNetV3Large>,
    RecognizerTag<recognizer_at("crnn-mobilenet-v3-large-all"), CrnnMobileNetV3Large>,
    RecognizerTag<recognizer_at("crnn-mobilenet-v3-small"), CrnnMobileNetV3Small>,
    RecognizerTag<recognizer_at("crnn-mobilenet-v3-small-all"), CrnnMobileNetV3Small>,
    RecognizerTag<recognizer_at("fc-resnet50"), FcResNet50>, RecognizerTag<recognizer_at("crnn-original"), CrnnOriginal>,
    RecognizerTag<recognizer_at("crnn-vgg16-bn"), CrnnVgg16Bn>, RecognizerTag<recognizer_at("crnn-mobilenet-v3-old"), CrnnMobileNetV3Old>,
    RecognizerTag<recognizer_at("crnn-resnet50"), CrnnResNet50>>;
static_assert(std::tuple_size_v<ReferenceRecognizerTags> == kReferenceRecognizers.size());

// `visit` is compiled for every tag and called for one.
template <std::size_t I, class Visit>
decltype(auto) visit_recognizer_tag(std::size_t index, Visit&& visit) {
  using Chosen = std::tuple_element_t<I, ReferenceRecognizerTags>;
  static_assert(&Chosen::info == &kReferenceRecognizers[I], "the tags stand in the order of the list");
  if constexpr (I + 1 < std::tuple_size_v<ReferenceRecognizerTags>)
    if (index != I) return visit_recognizer_tag<I + 1>(index, std::forward<Visit>(visit));
  return std::forward<Visit>(visit)(Chosen());
}

}  // namespace detail

/// visit(ReferenceRecognizerTag<...>()) for the configuration of that name; returns what it returns, one type for all tags.
/// Everything that `visit` does is compiled for every type: keep it in one source file. Throws Error with the names for any other name.
///
///     auto model = zoo::visit_reference_recognizer("crnn-resnet34", [&]<class Tag>(Tag) -> std::shared_ptr<torch::nn::Module> {
///       return std::make_shared<typename Tag::Model>(Tag::options(alphabet));
///     });
template <class Visit>
decltype(auto) visit_reference_recognizer(std::string_view name, Visit&& visit) {
  const auto index = reference_recognizer_index(name);
  if (!index)
    throw Error({.what = "no such recogniser", .where = std::string(name), .expected = "one of " + reference_recognizer_choice()});
  return detail::visit_recognizer_tag<0>(*index, std::forward<Visit>(visit));
}

/// kRecognizerVariant as a type.
struct RecognizerVariantTag {
  using Model = SvtrMobileNetV3Small;
  static constexpr const RecognizerInfo& info = kRecognizerVariant;

  static Model::Options options(Alphabet alphabet) { return reference_recognizer_options<Model>(std::move(alphabet), info.columns); }
};

/// As visit_reference_recognizer(), for kRecognizerVariant, too.
template <class Visit>
decltype(auto) visit_recognizer(std::string_view name, Visit&& visit) {
  if (name == kRecognizerVariant.name) return std::forward<Visit>(visit)(RecognizerVariantTag());
  if (!reference_recognizer_index(name))
    throw Error({.what = "no such recogniser", .where = std::string(name), .expected = "one of " + recognizer_choice()});
  return visit_reference_recognizer(name, std::forward<Visit>(visit));
}

}  // namespace scriba::zoo
