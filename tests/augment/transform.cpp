#include <scriba/augment/transform.hpp>

#include <doctest/doctest.h>

#include "support/marked_page.hpp"

using namespace scriba;
using namespace scriba::augment;

namespace {

void check_near(const Point& a, const Point& b, double within = 1e-4) {
  INFO(a.x, " ", a.y, " and ", b.x, " ", b.y);
  CHECK(std::abs(a.x - b.x) <= within);
  CHECK(std::abs(a.y - b.y) <= within);
}

}  // namespace

TEST_CASE("points move as the numbers say") {
  check_near(Transform()({3, 4}), {3, 4});
  check_near(Transform::move(1, -2)({3, 4}), {4, 2});
  check_near(Transform::scale(2, 0.5)({3, 4}), {6, 2});
  check_near(Transform::rotate(90)({1, 0}), {0, 1});  // clockwise as seen: from right to down
  check_near(Transform::rotate(30)({2, 0}), {std::sqrt(3.f), 1});
  // Twice as large: pixel 0 becomes pixels 0 and 1, its centre lies between them.
  check_near(Transform::resize({10, 10}, {20, 20})({0, 0}), {0.5, 0.5});
  check_near(Transform::resize({10, 10}, {20, 5})({9.5, 9.5}), {19.5, 4.5});
  check_near(Transform::move(1, 0).then(Transform::scale(2, 2))({1, 1}), {4, 2});
  const Polygon moved = Transform::move(1, 1)(Polygon{{0, 0}, {5, 0}, {5, 5}});
  CHECK(moved == Polygon{{1, 1}, {6, 1}, {6, 6}});
}

TEST_CASE("perspectives take corners to corners and back") {
  const Quad from{Point(0, 0), Point(100, 0), Point(100, 50), Point(0, 50)}, to{Point(10, 5), Point(90, 0), Point(100, 50), Point(-5, 45)};
  const Transform there = Transform::perspective(from, to);
  CHECK_FALSE(there.affine());
  for (std::size_t i = 0; i < 4; ++i) {
    check_near(there(from[i]), to[i], 1e-3);
    check_near(there.inverse()(to[i]), from[i], 1e-3);
  }
  CHECK_THROWS_AS(Transform::perspective(from, {Point(0, 0), Point(1, 1), Point(2, 2), Point(3, 3)}), Error);
  CHECK_THROWS_AS(Transform::scale(0, 1).inverse(), Error);
}

TEST_CASE("pixels go where the points go") {
  const cv::Size size(200, 150), to(160, 140);
  const Point at(71.25f, 58.5f);
  const auto page = marked::one_spot(size, at);
  const Transform about = Transform::move(-at.x, -at.y), back = Transform::move(at.x - 10, at.y + 3);
  const Transform cases[] = {Transform(),
                             Transform::move(-7.5, 12.25),
                             about.then(Transform::scale(1.5, 0.8)).then(back),
                             about.then(Transform::rotate(33)).then(back),
                             about.then(Transform::scale(-1, 1)).then(back),
                             about.then(Transform::scale(0.35, 0.3)).then(back),  // reduced by areas first
                             Transform::perspective({Point(0, 0), Point(199, 0), Point(199, 149), Point(0, 149)},
                                                    {Point(5, 5), Point(150, 0), Point(159, 120), Point(0, 139)})};
  for (const Transform& transform : cases) {
    const cv::Mat moved = transform.warp(page.image, to);
    REQUIRE(moved.size() == to);
    // The middle of a spot in perspective is not quite the middle of its picture.
    check_near(marked::spot_of(moved), transform(at), transform.affine() ? 0.05 : 0.15);
  }
  cv::Mat resized;
  cv::resize(page.image, resized, {300, 100}, 0, 0, cv::INTER_LINEAR);
  check_near(marked::spot_of(resized), Transform::resize(size, resized.size())(at), 0.05);
}

TEST_CASE("a part of the image gives the pixels of the whole") {
  const auto page = marked::noisy({300, 200});
  const Transform transform =
      Transform::move(-150, -100).then(Transform::rotate(20)).then(Transform::scale(1.3, 1.3)).then(Transform::move(20, 15));
  const cv::Mat ours = transform.warp(page.image, {40, 30}, cv::Scalar(1, 2, 3));
  cv::Mat whole;
  cv::warpAffine(page.image, whole, transform.matrix().get_minor<2, 3>(0, 0), {40, 30}, cv::INTER_LINEAR, cv::BORDER_CONSTANT, {1, 2, 3});
  // Coordinates are rounded to 1/32 pixel on both ways, from other origins.
  CHECK(cv::norm(ours, whole, cv::NORM_INF) <= 24);
  CHECK(cv::norm(ours, whole, cv::NORM_L1) / static_cast<double>(ours.total() * 3) < 2);
}

TEST_CASE("beside the image there is the fill, or its edge goes on") {
  const cv::Mat image(5, 5, CV_8UC3, cv::Scalar(9, 8, 7));
  CHECK(marked::same(Transform::move(100, 0).warp(image, {4, 3}, {1, 2, 3}), cv::Mat(3, 4, CV_8UC3, cv::Scalar(1, 2, 3))));
  CHECK(marked::same(Transform::move(100, 0).warp(image, {4, 3}, {}, cv::BORDER_REPLICATE), cv::Mat(3, 4, CV_8UC3, cv::Scalar(9, 8, 7))));
  CHECK(marked::same(Transform::move(0, -100).warp(image, {4, 3}, {}, cv::BORDER_REPLICATE), cv::Mat(3, 4, CV_8UC3, cv::Scalar(9, 8, 7))));
  const cv::Mat one(1, 1, CV_8UC3, cv::Scalar(9, 8, 7));
  CHECK(Transform::scale(3, 3).warp(one, {3, 3}).at<cv::Vec3b>(0, 0) == cv::Vec3b(9, 8, 7));
  CHECK(marked::same(Transform().warp(one, {1, 1}), one));
}
