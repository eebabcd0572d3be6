#pragma once

#include <array>
#include <vector>

namespace scriba::rectify {

/// What is fixed about a thin-plate spline through control points on the upper and lower edge of a line of text.
struct ThinPlate {
  std::vector<std::array<double, 2>> control_points;  ///< x, y in -1 .. 1: the upper edge from left to right, then the lower edge
  std::vector<double> inverse;                        ///< [F + 3, F + 3], row by row: of the matrix that the spline's coefficients solve
};

/// For `count` control points, half of them on each edge: Bookstein, "Principal Warps", PAMI 1989, with the points of Shi et al., "Robust
/// Scene Text Recognition with Automatic Rectification", CVPR 2016, section 3.1. The matrix is badly conditioned (about 1,900 for 20
/// points), so all is computed in double.
/// Throws Error unless `count` is even, 4 .. 1000.
ThinPlate thin_plate(int count);

}  // namespace scriba::rectify
