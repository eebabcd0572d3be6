#include <scriba/rectify/thin_plate.hpp>

#include <doctest/doctest.h>

#include <cmath>

#include <scriba/core/error.hpp>

using scriba::rectify::thin_plate;

namespace {

using Values = std::vector<double>;

// The spline through `values` at the control points, at (x, y): coefficients by the inverse, then 1, x, y and the kernels.
double spline(const scriba::rectify::ThinPlate& plate, const Values& values, double x, double y) {
  const std::size_t points = plate.control_points.size(), size = points + 3;
  double sum = 0;
  for (std::size_t row = 0; row < size; ++row) {
    double coefficient = 0;
    for (std::size_t i = 0; i < points; ++i) coefficient += plate.inverse[row * size + i] * values[i];
    double factor = row == 0 ? 1 : row == 1 ? x : y;
    if (row >= 3) {
      const double r = std::hypot(x - plate.control_points[row - 3][0], y - plate.control_points[row - 3][1]);
      factor = r > 0 ? r * r * std::log(r) : 0;
    }
    sum += factor * coefficient;
  }
  return sum;
}

}  // namespace

TEST_CASE("control points are on the upper and then on the lower edge, left to right") {
  const auto plate = thin_plate(6);
  const std::vector<std::array<double, 2>> expected{{-1, -1}, {0, -1}, {1, -1}, {-1, 1}, {0, 1}, {1, 1}};
  CHECK((plate.control_points == expected));
  CHECK(plate.inverse.size() == 81);
}

TEST_CASE("the spline goes through its values, and is a plane where they are") {
  for (const int count : {4, 6, 20, 100}) {
    CAPTURE(count);
    const auto plate = thin_plate(count);
    Values values, plane;
    for (std::size_t i = 0; i < plate.control_points.size(); ++i) {
      const auto [x, y] = plate.control_points[i];
      values.push_back(std::sin(3.0 * static_cast<double>(i)));
      plane.push_back(0.3 - 2 * x + 0.7 * y);
    }
    for (std::size_t i = 0; i < values.size(); ++i)
      CHECK(spline(plate, values, plate.control_points[i][0], plate.control_points[i][1]) == doctest::Approx(values[i]).epsilon(1e-7));
    for (const auto& [x, y] : {std::pair{0.0, 0.0}, {0.31, -0.6}, {1.0, 1.0}, {2.0, -1.5}})
      CHECK(std::abs(spline(plate, plane, x, y) - (0.3 - 2 * x + 0.7 * y)) < 1e-9);
  }
}

TEST_CASE("odd, few and very many control points are refused") {
  for (const int count : {-4, 0, 2, 3, 5, 1002})
    CHECK_THROWS_WITH_AS(thin_plate(count), doctest::Contains("control points: expected an even number"), scriba::Error);
}
