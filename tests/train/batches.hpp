#pragma once
// A batch of two pages that the tests of all target makers use, and what they check alike.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/train/annotation_batch.hpp>
#include "target/pages.hpp"

namespace batches {

/// 128 x 64; the first page holds a box and a bow-tie, the second a curved line and an ignored box.
inline std::vector<scriba::target::PageAnnotation> two_pages() {
  const cv::Size size(128, 64);
  auto first = pages::page(size, {pages::box(10, 10, 60, 40), {{80, 10}, {110, 40}, {110, 10}, {80, 40}}});
  auto second = pages::page(size, {pages::arc({64, 62}, 60, 40, 14), pages::box(4, 4, 30, 20)});
  second.texts[1].ignore = true;
  return {first, second};
}

/// True when plane `i` of the tensor is the map, value for value.
template <class T>
bool same(const at::Tensor& tensor, std::int64_t i, const cv::Mat_<T>& map) {
  const auto plane = tensor.flatten(0, tensor.dim() - 3)[i].contiguous();
  return plane.size(0) == map.rows && plane.size(1) == map.cols &&
         plane.equal(
             torch::from_blob(map.clone().data, {map.rows, map.cols}, torch::CppTypeToScalarType<T>::value).to(plane.scalar_type()));
}

template <class Targets>
void check_refusals(const Targets& targets) {
  using scriba::Error;
  using Batch = std::vector<scriba::target::PageAnnotation>;
  CHECK_THROWS_WITH_AS(targets(Batch{}), doctest::Contains("batch"), Error);
  auto uneven = two_pages();
  uneven[1].size.width = 64;
  CHECK_THROWS_WITH_AS(targets(uneven), doctest::Contains("image 1 of the batch"), Error);
  CHECK_THROWS_WITH_AS(targets(Batch{{cv::Size(0, 0), {}}}), doctest::Contains("PageAnnotation::size"), Error);
}

}  // namespace batches
