// What a network is trained on: augmented pages with their labels, and the maps that DB learns from them; or augmented words.
//
// A training run that does not learn often has a cause that can be seen: labels beside their text, text too small after scaling, colours
// that nobody can read. Look at a batch before a long run. Each sample depends on seed, epoch and its number alone, so --epoch shows what
// a run with that seed sees later.
//
// Green outlines are learnt, grey ones ignored. The map beside a page: green is the shrink map, blue the threshold map, red is masked out.
//
//   show_batch --images train_images --gt train_gts --out batch.png
//   show_batch --pages train_list.txt --recipe db --size 640
//   show_batch --words gt.txt
#include <scriba/augment/recipe.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/target/db_maps.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "input_files.hpp"
#include "program.hpp"

namespace {

using namespace scriba::augment;

// Recipes have different types; a std::function holds any of them.
using PagePolicy = std::function<void(Page&, Random&)>;

const std::map<std::string, PagePolicy (*)(cv::Size)> kRecipes{
    {"none", [](cv::Size size) -> PagePolicy { return FitCanvas{.size = size, .anywhere = false}; }},
    {"pages", [](cv::Size size) -> PagePolicy { return recipe::pages(size); }},
    {"db", [](cv::Size size) -> PagePolicy { return recipe::db(size); }},
    {"pse", [](cv::Size size) -> PagePolicy { return recipe::pse(size); }},
    {"pan", [](cv::Size size) -> PagePolicy { return recipe::pan(size); }},
    {"sast", [](cv::Size size) -> PagePolicy { return recipe::sast(size); }}};

// The page with its outlines, and beside it its maps.
cv::Mat page_tile(const Page& page, scriba::target::TargetReport& report) {
  scriba::target::DbMaps maps;
  report += scriba::target::draw_db_maps(page.annotation(), {}, maps);
  cv::Mat seen = page.image.clone(), learnt, both;
  for (const auto& text : page.texts) {
    const std::vector<cv::Point> corners(text.polygon.begin(), text.polygon.end());
    cv::polylines(seen, corners, true, text.ignore ? cv::Scalar(150, 150, 150) : cv::Scalar(0, 220, 0), 1, cv::LINE_AA);
  }
  const std::vector<cv::Mat> planes{maps.threshold.mul(maps.threshold_mask), maps.shrink, 1 - maps.shrink_mask};
  cv::merge(planes, learnt);
  learnt.convertTo(learnt, CV_8U, 255);
  cv::hconcat(seen, learnt, both);
  return both;
}

// The word at a height that can be seen, its text below.
cv::Mat word_tile(const Word& word, scriba::TextPen& pen) {
  constexpr int kHeight = 64, kWidth = 320, kText = 16;
  const double ratio = std::min(static_cast<double>(kHeight) / word.image.rows, static_cast<double>(kWidth) / word.image.cols);
  const cv::Size size(std::max(1, static_cast<int>(word.image.cols * ratio)), std::max(1, static_cast<int>(word.image.rows * ratio)));
  cv::Mat tile(kHeight + 2 * kText, kWidth, CV_8UC3, cv::Scalar::all(255)), scaled;
  cv::resize(word.image, scaled, size, 0, 0, ratio < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  scaled.copyTo(tile(cv::Rect({}, size)));
  pen.write(tile, word.text, {2, kHeight + kText + kText / 2}, kText, cv::Scalar::all(0));
  return tile;
}

cv::Mat sheet(const std::vector<cv::Mat>& tiles, int columns) {
  constexpr int kGap = 4;
  const cv::Size cell = tiles.front().size() + cv::Size(kGap, kGap);
  const int rows = (static_cast<int>(tiles.size()) + columns - 1) / columns;
  cv::Mat out(rows * cell.height + kGap, columns * cell.width + kGap, CV_8UC3, cv::Scalar::all(90));
  for (int i = 0; i < static_cast<int>(tiles.size()); ++i)
    tiles[static_cast<std::size_t>(i)].copyTo(
        out(cv::Rect({kGap + i % columns * cell.width, kGap + i / columns * cell.height}, tiles.front().size())));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Draws a batch of augmented training samples with their labels and targets.", "show_batch");
  std::string images, labels, list, words, out = "batch.png", chosen = "pages";
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  int count = 8, side = 512;
  bool quiet = false;
  app.add_option("--images", images, "folder of page images");
  app.add_option("--gt", labels, "folder of their labels; that of the images unless given");
  app.add_option("--pages", list, "a list of pages instead: image<TAB>labels a line, and other forms");
  app.add_option("--words", words, "word images instead: a list, image<TAB>text a line and other forms, or an LMDB");
  app.add_option("--out", out, "the picture")->capture_default_str();
  std::vector<std::string> names;
  for (const auto& [name, make] : kRecipes) names.push_back(name);
  app.add_option("--recipe", chosen, "how pages are augmented")->check(CLI::IsMember(names))->capture_default_str();
  app.add_option("--seed", seed, "the same seed draws the same batch")->capture_default_str();
  app.add_option("--epoch", epoch, "another epoch draws another batch")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--count", count, "samples")->check(CLI::Range(1, 400))->capture_default_str();
  app.add_option("--size", side, "pixels of the crops' sides")->check(CLI::Range(32, 2048))->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (images.empty() + list.empty() + words.empty() != 2)
      throw scriba::Error({.what = "no samples to draw", .expected = "one of --images, --pages and --words"});
    std::vector<cv::Mat> tiles;
    Progress progress(static_cast<std::size_t>(count), quiet);
    std::string line;
    if (!words.empty()) {
      const auto set = scriba::data::WordSet::open(words);
      if (set.size() == 0) throw scriba::Error({.what = "no words in a list", .where = words});
      const auto policy = recipe::words();
      scriba::TextPen pen;
      for (int i = 0; i < count; ++i) {
        Random random(seed, epoch, i);
        const auto chosen_word = static_cast<std::size_t>(random.integer(0, static_cast<int>(set.size()) - 1));
        Word word{.image = set.image(chosen_word), .text = set.text(chosen_word)};
        apply(policy, word, random);
        tiles.push_back(word_tile(word, pen));
        progress.step();
      }
      line = std::to_string(count) + " words";
    } else {
      const auto entries =
          images.empty() ? scriba::data::read_page_list(list) : scriba::data::read_page_folder(images, labels.empty() ? images : labels);
      if (entries.empty()) throw scriba::Error({.what = "no pages in a list", .where = list});
      const PagePolicy policy = kRecipes.at(chosen)({side, side});
      scriba::target::TargetReport report;
      TextLosses losses;
      for (int i = 0; i < count; ++i) {
        Random random(seed, epoch, i);
        const auto& entry = random.pick<scriba::data::PageEntry>(entries);
        Page page{.image = scriba::read_image(entry.image), .texts = entry.texts};
        policy(page, random);
        losses += page.losses;
        tiles.push_back(page_tile(page, report));
        progress.step();
      }
      line = std::to_string(count) + " pages, " + std::to_string(losses.outside) + " texts outside, " + std::to_string(losses.cut) +
             " cut, in the crops " + report.line();
    }
    // About as wide as high.
    const double shape = static_cast<double>(tiles.front().rows) / tiles.front().cols;
    scriba::write_image(out, sheet(tiles, std::max(1, static_cast<int>(std::lround(std::sqrt(count * shape))))));
    std::cout << out << ": " << line << '\n';
    return 0;
  });
}
