#include <scriba/train/page_batches.hpp>

#include "io/temporary_folder.hpp"
#include "support/tensors.hpp"

#include <scriba/augment/affine_crop.hpp>
#include <scriba/image/write.hpp>
#include <scriba/train/db_targets.hpp>

using namespace scriba;
using Batches = train::PageBatches<loss::DbTarget>;

namespace {

// Pages that differ in brightness, each with one text.
std::vector<data::PageEntry> pages(const TemporaryFolder& folder, int count, int first = 0) {
  std::vector<data::PageEntry> out;
  for (int i = first; i < first + count; ++i) {
    const auto path = folder / ("page" + std::to_string(i) + ".png");
    cv::Mat image(120, 160, CV_8UC3, cv::Scalar::all(10 + 7 * i));
    cv::rectangle(image, {40, 40}, {110, 70}, cv::Scalar::all(250), cv::FILLED);
    write_image(path, image);
    out.push_back({path, {{{{40, 40}, {110, 40}, {110, 70}, {40, 70}}, "word"}}});
  }
  return out;
}

Batches batches(std::vector<train::PageSet> sets, train::BatchOrderOptions options = {.batch_size = 2, .seed = 5}) {
  const augment::AffineCrop crop{.size = {64, 64}, .angle = {0, 0}};  // stays inside the page
  return {std::move(sets),
          [crop](augment::Page& page, augment::Random& random) { crop(page, random); },
          [](std::span<const target::PageAnnotation> annotations, target::TargetReport& report) {
            return train::DbTargets()(annotations, report);
          },
          {},
          options};
}

// Which page a sample is of, by its darkest pixel.
int page_of(const augment::Page& page) {
  double least = 0;
  cv::minMaxLoc(page.image.reshape(1), &least);
  return static_cast<int>(std::lround((least - 10) / 7));
}

}  // namespace

TEST_CASE("a batch depends on its number alone, whatever the number of threads") {
  const TemporaryFolder folder;
  const auto all = batches({{pages(folder, 7)}});
  CHECK(all.per_epoch() == 3);
  std::vector<train::PageBatch<loss::DbTarget>> straight;
  for (std::int64_t i = 0; i < 9; ++i) straight.push_back(all.make(i));
  CHECK(straight[0].images.sizes() == at::IntArrayRef({2, 3, 64, 64}));
  CHECK(straight[0].images.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(straight[0].target.shrink.sizes() == at::IntArrayRef({2, 64, 64}));
  CHECK(straight[0].report.texts == 2);
  for (const int threads : {0, 3}) {
    auto loader = batches({{pages(folder, 7)}}).loader(0, 9, {.threads = threads});
    for (std::int64_t i = 0; i < 9; ++i) {
      const auto batch = loader.next();
      REQUIRE(batch);
      CHECK(torch::equal(batch->images, straight[static_cast<std::size_t>(i)].images));
      CHECK(torch::equal(batch->target.threshold, straight[static_cast<std::size_t>(i)].target.threshold));
    }
    CHECK_FALSE(loader.next());
  }
  // Later epochs see the pages otherwise.
  CHECK_FALSE(torch::equal(straight[0].images, straight[3].images));
  CHECK_FALSE(torch::equal(straight[0].images, batches({{pages(folder, 7)}}, {.batch_size = 2, .seed = 6}).make(0).images));
}

TEST_CASE("an epoch has every page once, and others in their ratio") {
  const TemporaryFolder folder;
  const auto all = batches({{pages(folder, 8)}, {pages(folder, 12, 20), 0.5}});
  CHECK(all.per_epoch() == 6);
  for (const std::int64_t epoch : {0, 1}) {
    std::multiset<int> seen;
    for (std::int64_t i = 0; i < 6; ++i)
      for (const auto& page : all.make(6 * epoch + i).pages) seen.insert(page_of(page));
    for (int i = 0; i < 8; ++i) CHECK(seen.count(i) == 1);
    CHECK(seen.size() == 12);
  }
}

TEST_CASE("processes share an epoch without overlap") {
  const TemporaryFolder folder;
  const auto set = pages(folder, 8);
  std::multiset<int> seen;
  for (std::size_t process = 0; process < 2; ++process) {
    const auto share = batches({{set}}, {.batch_size = 2, .process = process, .processes = 2});
    CHECK(share.per_epoch() == 2);
    for (std::int64_t i = 0; i < 2; ++i)
      for (const auto& page : share.make(i).pages) seen.insert(page_of(page));
  }
  for (int i = 0; i < 8; ++i) CHECK(seen.count(i) == 1);
}

TEST_CASE("too few pages, a missing image and samples of different sizes are named") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(batches({{pages(folder, 1)}}), doctest::Contains("too few samples"), Error);
  CHECK_THROWS_AS(batches({{pages(folder, 2)}}, {.batch_size = 0}), Error);
  auto set = pages(folder, 2);
  set[1].image = folder / "none.png";
  CHECK_THROWS_WITH_AS(batches({{set}}).make(0), doctest::Contains("none.png"), Error);
  const Batches uneven(
      {{pages(folder, 2)}},
      [](augment::Page& page, augment::Random& random) { page.image = cv::Mat(8, 8 + random.integer(0, 1000), CV_8UC3); },
      [](std::span<const target::PageAnnotation>, target::TargetReport&) { return loss::DbTarget{}; }, {}, {.batch_size = 2});
  CHECK_THROWS_WITH_AS(uneven.make(0), doctest::Contains("differ in size"), Error);
}
