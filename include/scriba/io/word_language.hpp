#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <scriba/io/model_file.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/text/character_model.hpp>
#include <scriba/text/ctc_language.hpp>

/// The character model that a recogniser's file brings with it, so that whoever opens the file reads with it.
namespace scriba::io {

struct WordLanguage {
  std::shared_ptr<const CharacterModel> model;
  std::size_t beam_width = 10;
  double weight = 0.5, length_bonus = 0;  ///< see ctc::LanguageScorer
};

/// As a part of a model file's record, under the key "language".
inline Dict language_record(const WordLanguage& language) {
  const auto bytes = language.model->bytes();
  auto tensor = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  Record out;
  out.set("beam_width", static_cast<std::int64_t>(language.beam_width))
      .set("weight", language.weight)
      .set("length_bonus", language.length_bonus)
      .set("character_model", std::move(tensor));
  return out.dict();
}

/// What a model file's record brings; nothing when it brings none. `where` names the file. Throws Error when it is damaged.
inline std::optional<WordLanguage> word_language(const Record& record, const std::string& where) {
  if (!record.has("language")) return {};
  const auto language = record.record("language");
  const auto* found = language.dict().find("character_model");
  const auto* tensor = found ? found->get<at::Tensor>() : nullptr;
  if (!tensor || tensor->scalar_type() != at::kByte || tensor->dim() != 1) language.fail("character_model", "bytes", "something else");
  const auto bytes = tensor->contiguous();
  const auto width = language.integer("beam_width");
  if (width < 1 || width > 1000) language.fail("beam_width", "1 to 1000", std::to_string(width));
  return WordLanguage{.model = std::make_shared<const CharacterModel>(CharacterModel::from_bytes(
                          {static_cast<const char*>(bytes.const_data_ptr()), static_cast<std::size_t>(bytes.numel())}, where)),
                      .beam_width = static_cast<std::size_t>(width),
                      .weight = language.number("weight"),
                      .length_bonus = language.number("length_bonus")};
}

/// Reads with it from now on, by a beam search.
inline void apply(const WordLanguage& language, postprocess::CtcTextOptions& text) {
  text.beam_width = language.beam_width;
  text.language = std::make_shared<const ctc::LanguageScorer>(language.model, text.alphabet, language.weight, language.length_bonus);
}

}  // namespace scriba::io
