// What a network is trained on: pages as train_detector changes them, with their labels and the maps that the model is to learn; or words
// as train_recognizer changes them.
//
// A training run that does not learn often has a cause that can be seen: labels beside their text, text too small after scaling, colours
// that nobody can read. Look at a batch before a long run, with the options of the run: the samples are the first ones of the run, or of a
// later epoch with --epoch, in its order. (The first process's of one. The texts of words are as they are labelled, not as they are
// folded.)
//
// Green outlines are learnt, grey ones ignored. Beside a page are the maps, row by row: black is 0, or grey is where values below 0 occur.
//
//   DB     shrink map, 0 where it is ignored, threshold map, 1 where it counts; with classes their map
//   PSE    whole texts, kernels from the largest to the smallest, 0 where text is ignored
//   PAN    texts, their numbers, kernels, their numbers, 0 where text is ignored
//   SAST   centre lines, 5 planes of borders, 9 of corners, 3 of centres, 0 where text is ignored
//
//   show_batch --data train_images train_labels --out batch.png
//   show_batch --data list.txt more.txt=0.5 --model pse-resnet50 --augment reference --crop 640 --seed 3 --epoch 20
//   show_batch --words words.txt drawn.lmdb=0.5
#include <scriba/data/word_set.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/train/page_batches.hpp>
#include <scriba/zoo/trainable_detector.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "augmentation_options.hpp"
#include "data_sources.hpp"
#include "input_files.hpp"
#include "program.hpp"
#include "word_augmentation.hpp"

namespace {

using namespace scriba::augment;

// Values from 0 on become black to white; with some below 0, which is then the middle of the greys.
cv::Mat plane_picture(const at::Tensor& plane, cv::Size size) {
  const auto values = plane.to(at::kCPU, at::kFloat).contiguous();
  const cv::Mat map(static_cast<int>(values.size(0)), static_cast<int>(values.size(1)), CV_32F, values.data_ptr<float>());
  double low = 0, high = 0;
  cv::minMaxLoc(map, &low, &high);
  const double most = std::max(-low, high);
  cv::Mat grey, out;
  map.convertTo(grey, CV_8U, most > 0 ? (low < 0 ? 127 : 255) / most : 0, low < 0 ? 128 : 0);
  cv::resize(grey, grey, size, 0, 0, cv::INTER_AREA);
  cv::cvtColor(grey, out, cv::COLOR_GRAY2BGR);
  return out;
}

// The page with its outlines, and beside it the planes of its maps, each half as high or, when there are many, a quarter.
cv::Mat page_tile(const Page& page, const std::vector<at::Tensor>& maps) {
  std::vector<at::Tensor> planes;  // [H, W]
  for (const auto& map : maps)
    for (std::int64_t i = 0; i < (map.dim() == 4 ? map.size(1) : 1); ++i) planes.push_back(map.dim() == 4 ? map[0][i] : map[0]);
  const int side = page.image.rows, count = static_cast<int>(planes.size()), rows = count <= 8 ? 2 : 4;
  const int columns = (count + rows - 1) / rows, cell = side / rows;
  cv::Mat tile(side, page.image.cols + columns * cell, CV_8UC3, cv::Scalar::all(90));
  cv::Mat seen = tile.colRange(0, page.image.cols);
  page.image.copyTo(seen);
  for (const auto& text : page.texts) {
    const std::vector<cv::Point> corners(text.polygon.begin(), text.polygon.end());
    cv::polylines(seen, corners, true, text.ignore ? cv::Scalar(150, 150, 150) : cv::Scalar(0, 220, 0), 1, cv::LINE_AA);
  }
  for (int i = 0; i < count; ++i) {
    const cv::Rect place(page.image.cols + i % columns * cell + 1, i / columns * cell + 1, cell - 2, cell - 2);
    plane_picture(planes[static_cast<std::size_t>(i)], place.size()).copyTo(tile(place));
  }
  return tile;
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

// Which samples of a run are drawn.
struct Chosen {
  std::uint64_t seed = 1;
  std::int64_t epoch = 0;
  int count = 8;
};

// Batches of one: a sample is the same in any batch.
std::vector<cv::Mat> draw_pages(const scriba::zoo::TrainableDetector& detector, std::vector<scriba::train::PageSet> sets,
                                AugmentationOptions::Change change, const Chosen& chosen, Progress& progress, std::string& line) {
  const scriba::train::PageBatches<std::any> samples(std::move(sets), std::move(change), detector.target, detector.input->normalization,
                                                     {.batch_size = 1, .seed = chosen.seed});
  scriba::target::TargetReport report;
  TextLosses losses;
  std::vector<cv::Mat> tiles;
  for (std::int64_t i = 0; i < chosen.count; ++i) {
    const auto sample = samples.make(chosen.epoch * samples.per_epoch() + i);
    report += sample.report, losses += sample.pages.front().losses;
    tiles.push_back(page_tile(sample.pages.front(), detector.maps(sample.target)));
    progress.step();
  }
  line = std::to_string(chosen.count) + " pages, " + std::to_string(losses.outside) + " texts outside, " + std::to_string(losses.cut) +
         " cut, in the crops " + report.line();
  return tiles;
}

std::vector<cv::Mat> draw_words(const std::vector<std::string>& given, const std::string& augment, const Chosen& chosen,
                                Progress& progress) {
  std::vector<scriba::data::WordSet> sets;
  std::vector<scriba::data::MixedSet> sizes;
  for (const auto& one : given) {
    const auto [set, ratio] = with_ratio(one);
    sets.push_back(scriba::data::WordSet::open(set));
    sizes.push_back({sets.back().size(), ratio});
  }
  scriba::train::BatchOrder order(sizes, {.batch_size = 1, .seed = chosen.seed});
  const auto change = word_augmentation(augment);
  scriba::TextPen pen;
  std::vector<cv::Mat> tiles;
  for (std::int64_t i = 0; i < chosen.count; ++i) {
    const auto sample = order.batch(chosen.epoch * order.per_epoch() + i).front();
    const auto& words = sets[sample.pick.set];
    Word word{.image = words.image(sample.pick.index), .text = words.text(sample.pick.index)};
    Random random(chosen.seed, sample.epoch, sample.index);
    change(word, random);
    tiles.push_back(word_tile(word, pen));
    progress.step();
  }
  return tiles;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Draws training samples as a run sees them, with their labels and targets.", "show_batch");
  std::vector<std::string> pages, words;
  std::string out = "batch.png", model = "pp-ocr-v6", word_augment = "photos";
  Chosen chosen;
  bool quiet = false;
  auto* pages_option = app.add_option("--data", pages, "pages, given as to train_detector");
  app.add_option("--words", words, "words, given as to train_recognizer's --data")->excludes(pages_option);
  app.add_option("--out", out, "the picture")->capture_default_str();
  app.add_option("--model", model, "whose targets are drawn, see detect_text --list-models")
      ->check(CLI::IsMember(scriba::zoo::trainable_detector_names()))
      ->capture_default_str();
  const LabelOptions labels(app);
  AugmentationOptions augmentation(app);
  app.add_option("--word-augment", word_augment, "train_recognizer's --augment")
      ->check(CLI::IsMember(word_augmentation_names()))
      ->capture_default_str();
  app.add_option("--seed", chosen.seed, "of the run")->capture_default_str();
  app.add_option("--epoch", chosen.epoch, "of the run, from 0 on")->check(CLI::NonNegativeNumber)->capture_default_str();
  app.add_option("--count", chosen.count, "samples, from the first one of the epoch on")->check(CLI::Range(1, 400))->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (pages.empty() && words.empty()) throw scriba::Error({.what = "no samples to draw", .expected = "--data or --words"});
    Progress progress(static_cast<std::size_t>(chosen.count), quiet);
    std::string line = std::to_string(chosen.count) + " words";
    std::vector<cv::Mat> tiles;
    if (words.empty()) {
      const auto detector = scriba::zoo::trainable_detector(model);
      tiles = draw_pages(detector, page_sources(pages, labels.read()), augmentation.of(detector), chosen, progress, line);
    } else {
      tiles = draw_words(words, word_augment, chosen, progress);
    }
    // About as wide as high.
    const double shape = static_cast<double>(tiles.front().rows) / tiles.front().cols;
    scriba::write_image(out, sheet(tiles, std::max(1, static_cast<int>(std::lround(std::sqrt(chosen.count * shape))))));
    std::cout << out << ": " << line << '\n';
    return 0;
  });
}
