// Lines that are longer than the recogniser takes are read in windows.
#include <scriba/text/edit_distance.hpp>

#include "reader/word_crops.hpp"

using namespace scriba;

namespace {

Transcript read(const cv::Mat& line, LongLines how, int max_width) {
  auto options = word_crops::settings();
  options.line = LineInput{.size = {.max_width = max_width}, .long_lines = how};
  return zoo::pp_ocr_recognizer(options).predict(std::vector<cv::Mat>{line}).at(0);
}

}  // namespace

TEST_CASE("a drawn line of 60 words is read as a whole") {
  if (golden::absent(word_crops::recognizer_file())) return;
  std::string text;
  const char* kWords[] = {"river", "stone", "cloud", "hand", "green", "light", "water", "table"};
  for (int i = 0; i < 60; ++i) text += (i ? " " : "") + std::string(kWords[(i * 5 + i / 8) % 8]);
  const cv::Mat line = word_crops::drawn(text);
  for (const int max_width : {640, 3200}) {
    CAPTURE(max_width);
    REQUIRE(LineSize{.max_width = max_width}.squeezed(line.size()));
    const auto split = read(line, LongLines::split, max_width);
    CHECK(text_similarity(split.text, text) > 0.97);
    CHECK(split.score > 0.8f);
    CHECK(text_similarity(read(line, LongLines::squeeze, max_width).text, text) < text_similarity(split.text, text));
    // Frames go on over the windows, up to the end of the line.
    REQUIRE(!split.characters.empty());
    std::int64_t before = -1;
    for (const auto& character : split.characters) {
      CHECK(character.first_frame >= before);
      before = character.first_frame;
    }
    CHECK(static_cast<double>(split.characters.back().last_frame) * static_cast<double>(split.frame_width) > 0.95 * line.cols);
  }
}

TEST_CASE("real words glued to one line are read as they are alone") {
  if (golden::absent(word_crops::recognizer_file())) return;
  std::vector<cv::Mat> crops;
  for (auto& crop : word_crops::real(30)) {
    cv::resize(crop, crops.emplace_back(), {std::max(1, 48 * crop.cols / crop.rows), 48});
    crops.emplace_back(48, 40, CV_8UC3, cv::mean(crop));
  }
  if (crops.empty()) return;
  cv::Mat line;
  cv::hconcat(crops, line);
  REQUIRE(LineSize{.max_width = 960}.squeezed(line.size()));
  std::string alone;
  const auto recognizer = zoo::pp_ocr_recognizer(word_crops::settings());
  for (std::size_t i = 0; i < crops.size(); i += 2) alone += recognizer.predict({&crops[i], 1}).at(0).text;
  std::string together = read(line, LongLines::split, 960).text;
  std::erase(together, ' ');
  std::erase(alone, ' ');
  CHECK(text_similarity(together, alone) > 0.85);
}
