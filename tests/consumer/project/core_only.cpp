// Uses the part of Scriba that needs no torch.
#include <cstdio>

#include <scriba/geometry/iou.hpp>
#include <scriba/postprocess/db_regions.hpp>
#include <scriba/text/edit_distance.hpp>

int main() {
  const scriba::Polygon box{{0, 0}, {10, 0}, {10, 10}, {0, 10}};
  const bool fine = scriba::iou(box, box) > 0.99 && scriba::edit_distance("kitten", "sitting") == 3 &&
                    scriba::postprocess::db_regions(cv::Mat_<float>(40, 40, 1.f), {40, 40}).size() == 1;
  std::puts(fine ? "core works" : "core is broken");
  return fine ? 0 : 1;
}
