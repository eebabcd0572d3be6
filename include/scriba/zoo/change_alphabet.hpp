#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/io/weights.hpp>
#include <scriba/text/alphabet.hpp>

namespace scriba::zoo {

/// Names of an alphabet's classes in their order, for io::remap_classes(): its characters, and an empty one for the blank.
inline std::vector<std::string> class_names(const Alphabet& alphabet) {
  std::vector<std::string> out;
  for (std::int64_t c = 0; c < alphabet.classes(); ++c) out.emplace_back(alphabet.character(c));
  return out;
}

/// A trained recogniser made ready for another alphabet, to be fine-tuned: all weights are the trained ones; of the head, the blank and
/// every character that both alphabets have keep their rows, by character and never by index. Characters that only the new one has begin as
/// a freshly made layer. What both have is read as before at once.
///
/// For a Recognizer with a CTC head and CtcText. The result has the trained model's options and form, and is in evaluation mode. Throws
/// Error when the trained model's own alphabet does not fit its head.
template <class Model>
std::shared_ptr<Model> with_alphabet(const Model& trained, Alphabet alphabet) {
  const Alphabet& before = trained.options().postprocess.alphabet;
  before.require_classes(trained.options().head.classes);
  const auto from = class_names(before), to = class_names(alphabet);
  auto options = trained.options();
  options.head.classes = alphabet.classes();
  options.postprocess.alphabet = std::move(alphabet);
  auto out = std::make_shared<Model>(std::move(options));
  const auto fresh = io::state_dict(*out);
  io::StateDict weights;
  for (const auto& [name, tensor] : io::state_dict(trained))
    weights.add(name, std::string_view(name).starts_with("head.") ? io::remap_classes(tensor, from, to, fresh.at(name)) : tensor);
  io::load_weights(*out, weights);
  out->eval();
  return out;
}

}  // namespace scriba::zoo
