#include <scriba/io/word_language.hpp>

#include <doctest/doctest.h>

#include "io/temporary_folder.hpp"

using namespace scriba;

namespace {

io::WordLanguage english() {
  const std::vector<std::string> lines{"sale", "exit", "grand", "Grand", "SALE"};
  return {.model = std::make_shared<const CharacterModel>(CharacterModel::train(lines, {.order = 4})),
          .beam_width = 7,
          .weight = 0.25,
          .length_bonus = 1.5};
}

std::optional<io::WordLanguage> word_language_of(const std::filesystem::path& file) {
  return io::word_language(io::load_model(file).record, file.string());
}

}  // namespace

TEST_CASE("a character model goes into a model's file and comes back") {
  const TemporaryFolder folder;
  const auto language = english();
  io::save_model(folder / "with.pt", "reader", {}, io::Record().set("language", io::language_record(language)));
  const auto read = word_language_of(folder / "with.pt");
  REQUIRE(read);
  CHECK(read->beam_width == 7);
  CHECK(read->weight == 0.25);
  CHECK(read->length_bonus == 1.5);
  for (const auto* line : {"sale", "Grnad", "", "exit"}) CHECK(read->model->log_probability(line) == language.model->log_probability(line));

  postprocess::CtcTextOptions text{.alphabet = Alphabet::from_line("abcdefghijklmnopqrstuvwxyz")};
  io::apply(*read, text);
  CHECK(text.beam_width == 7);
  CHECK(text.language != nullptr);

  io::save_model(folder / "without.pt", "reader", {});
  CHECK_FALSE(word_language_of(folder / "without.pt"));
}

TEST_CASE("what is no character model is refused") {
  const TemporaryFolder folder;
  auto record = io::language_record(english());
  const auto saved = [&](const char* key, io::Value value) {
    auto changed = record;
    changed.set(key, std::move(value));
    io::save_model(folder / "odd.pt", "reader", {}, io::Record().set("language", std::move(changed)));
    return folder / "odd.pt";
  };
  CHECK_THROWS_AS(word_language_of(saved("character_model", "text")), Error);
  CHECK_THROWS_AS(word_language_of(saved("character_model", at::zeros({40}, at::kByte))), Error);
  CHECK_THROWS_WITH_AS(word_language_of(saved("beam_width", 0)), doctest::Contains("beam_width"), Error);
}
