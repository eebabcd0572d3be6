#include <scriba/zoo/change_alphabet.hpp>

#include <scriba/image/read.hpp>
#include <scriba/zoo/pp_ocr.hpp>

#include "support/golden.hpp"
#include "support/tensors.hpp"

using namespace scriba;

namespace {

std::shared_ptr<zoo::PpOcrV6Recognizer> pretrained() {
  const auto path = golden::fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0" / "rapidocr" / "models" / zoo::kPpOcrV6RecognizerFile;
  if (golden::absent(path)) return {};
  const auto file = io::read_onnx(path);
  return zoo::import_pp_ocr<zoo::PpOcrV6Recognizer>(file, zoo::pp_ocr_recognizer_options(zoo::pp_ocr_alphabet(file)));
}

std::string printable_ascii() {
  std::string out;
  for (char c = ' '; c <= '~'; ++c) out += c;
  return out;
}

}  // namespace

TEST_CASE("PP-OCRv6 small keeps the rows of the characters that a smaller alphabet has, and reads them") {
  const auto trained = pretrained();
  if (!trained) return;
  const auto weights = io::state_dict(*trained);
  const auto& known = trained->options().postprocess.alphabet;
  const std::vector<cv::Mat> word{read_image(golden::fs::path(SCRIBA_SOURCE) / "docs/images/word.png")};
  const auto before = trained->predict(word).at(0);
  REQUIRE(before.text == "CREATE");

  const std::string capitals = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210";  // 36, in another order
  for (const auto& characters : {capitals, printable_ascii()}) {
    for (const auto blank : {BlankClass::first, BlankClass::last}) {
      const auto alphabet = Alphabet::from_line(characters, false, blank);
      const auto changed = zoo::with_alphabet(*trained, alphabet);
      const auto now = io::state_dict(*changed);
      CHECK(changed->options().head.classes == static_cast<std::int64_t>(characters.size()) + 1);
      for (const auto* name : {"head.fc.weight", "head.fc.bias"}) {
        const auto &old_rows = weights.at(name), &rows = now.at(name);
        REQUIRE(rows.size(0) == alphabet.classes());
        CHECK(rows[alphabet.blank()].equal(old_rows[known.blank()]));
        for (const auto& character : alphabet.characters()) {
          const auto old_class = known.class_of(character);
          CAPTURE(character);
          REQUIRE(old_class >= 0);
          CHECK(rows[alphabet.class_of(character)].equal(old_rows[old_class]));
        }
      }
      const auto after = changed->predict(word).at(0);
      CHECK(after.text == before.text);
      CHECK(after.score >= before.score - 1e-6f);  // fewer classes share the probability
    }
  }
}

TEST_CASE("new characters begin like a fresh layer, and everything else stays") {
  const auto trained = pretrained();
  if (!trained) return;
  const auto changed = zoo::with_alphabet(*trained, Alphabet({"C", "R", "E", "A", "T", "\U0001F9A9", "\U0001F9A5"}));
  const auto before = io::state_dict(*trained), after = io::state_dict(*changed);
  for (const auto& [name, tensor] : after)
    if (!name.starts_with("head.")) CHECK(tensor.equal(before.at(name)));
  const auto rows = after.at("head.fc.weight");
  CHECK(rows.isfinite().all().item<bool>());
  CHECK(rows[6].abs().sum().item<double>() > 0);
  CHECK_FALSE(rows[6].equal(rows[7]));
}
