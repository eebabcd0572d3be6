#include <scriba/train/word_batches.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <scriba/image/write.hpp>
#include <scriba/train/ctc_targets.hpp>

using namespace scriba;
using Batches = train::WordBatches<loss::CtcTarget>;

namespace {

// Crops that differ in width, brightness and text: "a", "bb", "ccc", ...
data::WordSet words(const TemporaryFolder& folder, int count, int first = 0) {
  std::vector<data::WordEntry> out;
  for (int i = first; i < first + count; ++i) {
    const auto path = folder / ("word" + std::to_string(i) + ".png");
    write_image(path, cv::Mat(16, 20 + 30 * i, CV_8UC3, cv::Scalar::all(20 + 9 * i)));
    out.push_back({path, std::string(static_cast<std::size_t>(i + 1), static_cast<char>('a' + i))});
  }
  return data::WordSet(std::move(out));
}

Batches batches(std::vector<train::WordSource> sources, int batch_size = 2) {
  return {std::move(sources),
          [](augment::Word& word, augment::Random& random) { word.image += cv::Scalar::all(random.integer(0, 3)); },
          [](std::span<const std::string> texts, train::TextReport& report) {
            return train::CtcTargets({.alphabet = Alphabet::from_line("abcdefgh")})(texts, report);
          },
          LineInput{.size = {.height = 32, .min_canvas = 64, .step = 32}},
          {.batch_size = batch_size, .seed = 3}};
}

}  // namespace

TEST_CASE("a batch has the widest canvas of its crops, and targets of its texts") {
  const TemporaryFolder folder;
  const auto all = batches({{words(folder, 4)}}, 4);
  CHECK(all.per_epoch() == 1);
  const auto batch = all.make(0);
  CHECK(batch.images.sizes() == at::IntArrayRef({4, 3, 32, 224}));  // 110 x 16 becomes 220 x 32
  CHECK(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(batch.target.lengths.sum().item<std::int64_t>() == 10);
  CHECK(batch.report.texts == 4);
  std::set<std::string> texts;
  for (std::size_t i = 0; i < 4; ++i) {
    texts.insert(batch.words[i].text);
    // Text and image belong together: the longer the text, the wider the crop.
    CHECK(batch.words[i].image.cols == 20 + 30 * static_cast<int>(batch.words[i].text.size() - 1));
    CHECK(batch.target.lengths[static_cast<std::int64_t>(i)].item<std::int64_t>() == static_cast<std::int64_t>(batch.words[i].text.size()));
  }
  CHECK(texts.size() == 4);
}

TEST_CASE("loader threads change nothing, and a mix keeps its ratio") {
  const TemporaryFolder folder;
  const auto make = [&] { return batches({{words(folder, 4)}, {words(folder, 4, 4), 0.5}}, 3); };
  CHECK(make().per_epoch() == 2);
  auto loader = make().loader(0, 6, {.threads = 3});
  std::map<bool, int> from_first;
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto expected = make().make(i), got = *loader.next();
    CHECK(torch::equal(expected.images, got.images));
    CHECK(torch::equal(expected.target.labels, got.target.labels));
    for (const auto& word : got.words) ++from_first[word.text[0] < 'e'];
  }
  CHECK(from_first[true] == 12);
  CHECK(from_first[false] == 6);
}

TEST_CASE("a crop that cannot be read is named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(batches({{data::WordSet({{folder / "none.png", "a"}, {folder / "none.png", "b"}})}}).make(0),
                       doctest::Contains("none.png"), Error);
}
