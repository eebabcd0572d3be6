#pragma once

#include <cstddef>
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

/// What becomes of the characters when a recogniser gets another alphabet.
struct AlphabetChange {
  std::size_t kept{};   ///< that both alphabets have: they are read as before
  std::size_t added{};  ///< that only the new one has: to be learnt

  /// "36 characters kept, 2 new".
  std::string line() const { return std::to_string(kept) + " characters kept, " + std::to_string(added) + " new"; }
};

inline AlphabetChange alphabet_change(const Alphabet& before, const Alphabet& after) {
  AlphabetChange out;
  for (const auto& character : after.characters()) ++(before.class_of(character) >= 0 ? out.kept : out.added);
  return out;
}

namespace detail {

/// Whether a recogniser's weights of this name have a row for each class. A fixed-length head has layers before the last, too.
inline bool has_row_of_each_class(std::string_view name) { return name.starts_with("head.") && !name.starts_with("head.fc_end."); }

}  // namespace detail

/// A recogniser's weights with a head for another alphabet: the blank and every character that both have keep their rows, by character
/// and never by index; the rows of new characters, and their type, are those of `fresh`, the weights of the new network as it was made.
///
/// For CTC and for fixed-length heads, [positions * classes, ...] with the class running fastest. Throws Error when the trained head has
/// not the classes of `before`.
inline io::StateDict with_head_for(const Alphabet& after, const io::StateDict& trained, const Alphabet& before,
                                   const io::StateDict& fresh) {
  const auto from = class_names(before), to = class_names(after);
  io::StateDict out;
  for (const auto& [name, tensor] : trained) {
    const auto* initial = fresh.find(name);
    if (!initial || !detail::has_row_of_each_class(name)) {
      out.add(name, tensor);
      continue;
    }
    const auto positions = initial->size(0) / after.classes();
    if (tensor.dim() == 0 || tensor.size(0) != positions * before.classes())
      throw Error({.what = "the alphabet does not fit the weights",
                   .where = name,
                   .expected = std::to_string(positions * before.classes()) + " rows for " + std::to_string(before.classes()) + " classes",
                   .got = "shape " + io::detail::shape_text(tensor.sizes())});
    const auto by_class = [&](const at::Tensor& rows, std::int64_t classes) {
      return rows.to(initial->scalar_type()).unflatten(0, {positions, classes}).transpose(0, 1);
    };
    const auto rows = io::remap_classes(by_class(tensor, before.classes()), from, to, by_class(*initial, after.classes()));
    out.add(name, rows.transpose(0, 1).flatten(0, 1).contiguous());
  }
  return out;
}

/// A trained recogniser made ready for another alphabet, to be fine-tuned: all weights are the trained ones, the head's those of
/// with_head_for(). What both alphabets have is read as before at once.
///
/// For a Recognizer with a CTC head and CtcText. The result has the trained model's options and form, and is in evaluation mode. Throws
/// Error when the trained model's own alphabet does not fit its head.
template <class Model>
std::shared_ptr<Model> with_alphabet(const Model& trained, Alphabet alphabet) {
  const Alphabet& before = trained.options().postprocess.alphabet;
  before.require_classes(trained.options().head.classes);
  auto options = trained.options();
  options.head.classes = alphabet.classes();
  options.postprocess.alphabet = alphabet;
  auto out = std::make_shared<Model>(std::move(options));
  io::load_weights(*out, with_head_for(alphabet, io::state_dict(trained), before, io::state_dict(*out)));
  out->eval();
  return out;
}

}  // namespace scriba::zoo
