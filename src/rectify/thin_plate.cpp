#include <scriba/rectify/thin_plate.hpp>

#include <cmath>
#include <string>

#include <Eigen/LU>

#include <scriba/core/error.hpp>

namespace scriba::rectify {

ThinPlate thin_plate(int count) {
  if (count < 4 || count > 1000 || count % 2 != 0)
    throw Error({.what = "no thin-plate spline through these control points",
                 .where = "control points",
                 .expected = "an even number, 4 .. 1000",
                 .got = std::to_string(count)});
  ThinPlate out;
  const int half = count / 2;
  for (const double y : {-1.0, 1.0})
    for (int i = 0; i < half; ++i) out.control_points.push_back({2.0 * i / (half - 1) - 1, y});

  // Rows: one equation a point (1, x, y, and the kernel r^2 ln r to every point), then that the coefficients sum to 0, alone and with x, y.
  Eigen::MatrixXd equations = Eigen::MatrixXd::Zero(count + 3, count + 3);
  for (int i = 0; i < count; ++i) {
    const auto [x, y] = out.control_points[static_cast<std::size_t>(i)];
    equations.row(i).head<3>() << 1, x, y;
    equations.col(i + 3).tail<3>() << x, y, 1;
    for (int j = 0; j < count; ++j) {
      const auto [other_x, other_y] = out.control_points[static_cast<std::size_t>(j)];
      const double square = (x - other_x) * (x - other_x) + (y - other_y) * (y - other_y);
      equations(i, j + 3) = i == j ? 0 : square * std::log(square) / 2;
    }
  }
  out.inverse.resize(static_cast<std::size_t>(equations.size()));
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<RowMajor>(out.inverse.data(), count + 3, count + 3) = equations.partialPivLu().inverse();
  return out;
}

}  // namespace scriba::rectify
