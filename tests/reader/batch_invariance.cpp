// A crop's text and score do not depend on the crops that are read with it, nor on their order.
#include <algorithm>
#include <numeric>
#include <random>

#include "reader/word_crops.hpp"

using namespace scriba;

namespace {

std::vector<Transcript> read_in_batches(const std::vector<cv::Mat>& crops, int batch, engine::Kind engine) {
  auto options = word_crops::settings(engine);
  options.line = LineInput{.max_batch = batch, .max_batch_columns = batch * 3200};
  return zoo::pp_ocr_recognizer(options).predict(crops);
}

void check_invariance(const std::vector<cv::Mat>& crops, engine::Kind engine) {
  const auto alone = read_in_batches(crops, 1, engine);
  REQUIRE(alone.size() == crops.size());
  std::vector<std::size_t> order(crops.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 random(9);
  std::size_t compared = 0, rounded = 0;
  for (const int batch : {7, 64}) {
    std::vector<cv::Mat> shuffled;
    for (const auto i : order) shuffled.push_back(crops[i]);
    const auto together = read_in_batches(shuffled, batch, engine);
    for (std::size_t i = 0; i < order.size(); ++i) {
      CAPTURE(batch);
      CAPTURE(order[i]);
      CHECK(together[i].text == alone[order[i]].text);
      const float off = std::abs(together[i].score - alone[order[i]].score);
      CHECK(off <= 1e-4f);
      ++compared;
      rounded += off > 1e-5f ? 1 : 0;
    }
    std::shuffle(order.begin(), order.end(), random);
  }
  // A network adds up in another order for another batch: in float32 an unsure word's score may move in the fifth digit.
  CHECK(rounded * 100 <= compared);
}

}  // namespace

TEST_CASE("drawn words are read the same alone, in batches and in any order") {
  if (golden::absent(word_crops::recognizer_file())) return;
  std::vector<cv::Mat> crops;
  for (int i = 0; i < 20; ++i)
    crops.push_back(
        word_crops::drawn(std::string(static_cast<std::size_t>(1 + i % 7), static_cast<char>('A' + i)) + std::to_string(i * 37), 24 + i));
  for (const auto engine : {engine::Kind::libtorch, engine::Kind::automatic}) check_invariance(crops, engine);
}

TEST_CASE("200 real words are read the same alone, in batches of 7 and 64, and in any order") {
  if (golden::absent(word_crops::recognizer_file())) return;
  const auto crops = word_crops::real(200);
  if (crops.empty()) return;
  for (const auto engine : {engine::Kind::libtorch, engine::Kind::automatic}) check_invariance(crops, engine);
}
