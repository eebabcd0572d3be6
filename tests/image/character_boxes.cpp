#include <scriba/image/character_boxes.hpp>

#include <doctest/doctest.h>

#include <scriba/image/crop.hpp>

using namespace scriba;

namespace {

// Characters at these frames, of two columns each.
Transcript read_at(std::initializer_list<int> frames) {
  Transcript out{.frames = 50, .frame_width = 2};
  for (const int frame : frames) out.characters.push_back({1, "x", frame, frame, 1});
  return out;
}

void check_near(const Point& got, const Point& expected) {
  CHECK(got.x == doctest::Approx(expected.x).epsilon(1e-3));
  CHECK(got.y == doctest::Approx(expected.y).epsilon(1e-3));
}

}  // namespace

TEST_CASE("borders are halfway between characters, and no character is wider than its neighbours' distance") {
  const auto columns = character_columns(read_at({2, 7, 12, 40}), 100);  // middles 5, 15, 25, 81
  REQUIRE(columns.size() == 4);
  CHECK(columns[0].left == 0);
  CHECK(columns[0].right == 10);
  CHECK(columns[1].left == 10);
  CHECK(columns[2].left == 20);
  CHECK(columns[2].right == 35);  // not halfway to 81
  CHECK(columns[3].left == 71);
  CHECK(columns[3].right == 86);
}

TEST_CASE("one character has the whole crop; without frames there are no columns") {
  const auto one = character_columns(read_at({4}), 30);
  REQUIRE(one.size() == 1);
  CHECK(one[0].left == 0);
  CHECK(one[0].right == 30);
  CHECK(character_columns(read_at({}), 30).empty());
  CHECK(character_columns(read_at({-1, 3}), 30).empty());
  auto unknown = read_at({1, 2});
  unknown.frame_width = 0;
  CHECK(character_columns(unknown, 30).empty());
  CHECK(character_columns(read_at({80}), 30)[0].right == 30);  // beyond the crop
}

TEST_CASE("character quads lie in the quad that was cropped") {
  const Quad quad{Point(100, 50), Point(200, 50), Point(200, 70), Point(100, 70)};
  const auto quads = character_quads(read_at({2, 7, 12}), {100, 20}, quad);
  REQUIRE(quads.size() == 3);
  check_near(quads[1][0], {110, 50});
  check_near(quads[1][2], {120, 70});
  const Quad wide{Point(0, 0), Point(100, 0), Point(100, 40), Point(0, 20)};  // nearer on the right: characters grow
  const auto growing = character_quads(read_at({2, 7, 12, 17, 22, 27, 32, 37, 42, 47}), {100, 30}, wide);
  CHECK(growing[0][1].x - growing[0][0].x < growing[9][1].x - growing[9][0].x);
  CHECK(growing[0][3].y < growing[9][3].y);
  const Quad flat{Point(0, 0), Point(10, 0), Point(10, 0), Point(0, 0)};
  for (const auto& box : character_quads(read_at({2, 7}), {10, 1}, flat)) CHECK(finite(box));
}

TEST_CASE("a crop that was turned has its first character where the text begins") {
  const Quad tall{Point(10, 0), Point(30, 0), Point(30, 100), Point(10, 100)};  // text from top to bottom
  const CropOptions options;
  const auto quad = reading_quad(tall, options);
  check_near(quad[0], {30, 0});
  check_near(quad[1], {30, 100});
  const auto quads = character_quads(read_at({2, 7, 12}), {100, 20}, quad);
  check_near(quads[0][0], {30, 0});
  check_near(quads[0][1], {30, 10});
  check_near(quads[0][2], {10, 10});
  CHECK(reading_quad(tall, {.turn = CropTurn::never}) == tall);
  const auto upside_down = reading_quad(tall, {.turn = CropTurn::never}, true);
  check_near(upside_down[0], tall[2]);
  check_near(upside_down[1], tall[3]);

  // The pixels say the same: the crop's corners have the colours of the image's.
  cv::Mat image(120, 60, CV_8UC1, cv::Scalar(0));
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) image.at<unsigned char>(y, x) = static_cast<unsigned char>(x + 2 * y);
  const cv::Mat crop = crop_quad(image, tall, options);
  CHECK(crop.at<unsigned char>(0, 0) == doctest::Approx(30).epsilon(0.1));
  CHECK(crop.at<unsigned char>(0, crop.cols - 1) == doctest::Approx(30 + 200).epsilon(0.1));
}
