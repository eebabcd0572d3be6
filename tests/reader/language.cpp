// The pretrained recogniser with a lexicon, a language model, and places of characters.
#include <scriba/geometry/polygon.hpp>

#include "reader/word_crops.hpp"

using namespace scriba;

namespace {

const golden::fs::path kImages = golden::fs::path(SCRIBA_SOURCE) / "docs" / "images";

std::string read_with(zoo::PpOcrOptions options) {
  return zoo::pp_ocr_recognizer(options).predict(std::vector<cv::Mat>{read_image(kImages / "word.png")}).at(0).text;
}

}  // namespace

TEST_CASE("a lexicon and a language model choose among what a crop may say") {
  if (golden::absent(word_crops::recognizer_file())) return;
  auto options = word_crops::settings();
  options.search.beam_width = 10;
  CHECK(read_with(options) == "CREATE");
  options.search.lexicon = {"CREATED", "CREATE", "word"};
  CHECK(read_with(options) == "CREATE");
  options.search.lexicon = {"unlike"};
  CHECK(read_with(options) == "CREATE");  // no word fits
  options.search.lexicon.clear();
  options.search.language_model =
      std::make_shared<const CharacterModel>(CharacterModel::train(std::vector<std::string>{"CREATE", "CREATION"}));
  CHECK(read_with(options) == "CREATE");
  options.search.beam_width = 0;
  CHECK_THROWS_WITH_AS(read_with(options), doctest::Contains("need a beam search"), Error);
}

TEST_CASE("characters of a page have boxes along their line") {
  if (golden::absent(word_crops::recognizer_file())) return;
  auto options = word_crops::settings();
  const auto models = word_crops::recognizer_file().parent_path();
  options.detector_file = models / zoo::kPpOcrV6DetectorFile;
  options.direction_file = models / zoo::kPpOcrV2DirectionFile;
  const auto page = zoo::pp_ocr_reader(options).read(read_image(kImages / "img_120.jpg"));
  REQUIRE(!page.lines.empty());
  for (const auto& line : page.lines) {
    CAPTURE(line.text);
    REQUIRE(line.character_boxes.size() == line.characters.size());
    const Point along = (line.box[1] - line.box[0]) * (1 / static_cast<float>(distance(line.box[0], line.box[1])));
    float before = -1e6f;
    for (const auto& box : line.character_boxes) {
      const Point middle = (box[0] + box[1] + box[2] + box[3]) * 0.25f;
      const float place = (middle - line.box[0]).dot(along);
      CHECK(place > before);
      CHECK(place < static_cast<float>(distance(line.box[0], line.box[1])) + 3);
      CHECK(cv::pointPolygonTest(line.box, middle, true) > -3);
      before = place;
    }
  }
  // "CREATE" goes from column 206 to 310; its letters have about a sixth each.
  for (const auto& line : page.lines)
    if (line.text == "CREATE") {
      CHECK(line.character_boxes.front()[0].x == doctest::Approx(206).epsilon(0.05));
      CHECK(line.character_boxes.back()[1].x == doctest::Approx(310).epsilon(0.05));
      CHECK(line.character_boxes[3][0].x == doctest::Approx(258).epsilon(0.05));
    }
}
