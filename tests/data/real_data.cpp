// Real files of ICDAR 2015 and IIIT5K, where they are.
#include <scriba/data/page_list.hpp>
#include <scriba/data/word_list.hpp>

#include <algorithm>

#include "support/golden.hpp"

using namespace scriba;
namespace fs = std::filesystem;

TEST_CASE("ICDAR 2015's training pages") {
  const auto root = golden::shared() / "data/icdar2015";
  if (golden::absent(root / "train_gts")) return;
  const auto pages = data::read_page_folder(root / "train_images", root / "train_gts");
  CHECK(pages.size() == 1000);
  std::size_t texts = 0, ignored = 0;
  for (const auto& page : pages)
    for (const auto& text : page.texts) ++texts, ignored += text.ignore;
  // The task's description: 11,886 words, of which 4,468 are to be read.
  CHECK(texts == 11886);
  CHECK(texts - ignored == 4468);
}

TEST_CASE("ICDAR 2015's training words and IIIT5K's") {
  const auto root = golden::shared() / "data";
  if (golden::absent(root / "icdar2015_words/train/gt.txt")) return;
  const auto words = data::read_word_list(root / "icdar2015_words/train/gt.txt");
  CHECK(words.size() == 4468);
  CHECK(words[0].text == "Genaxis Theatre");
  CHECK(std::ranges::all_of(words, [](const auto& word) { return fs::exists(word.image) && !word.text.empty() && word.text[0] != ' '; }));
  if (golden::absent(root / "iiit5k/train.tags")) return;
  const auto more = data::read_word_list(root / "iiit5k/train.tags");
  CHECK(more.size() == 2000);
  CHECK(more[0].text == "You");
  CHECK(std::ranges::all_of(more, [](const auto& word) { return fs::exists(word.image) && !word.text.empty(); }));
}
