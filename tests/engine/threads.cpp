#include <scriba/engine/threads.hpp>

#include <doctest/doctest.h>

#include <ATen/Parallel.h>
#include <opencv2/core/utility.hpp>

using namespace scriba;
using engine::Kind;

namespace {

// What a choice is given, and the process; the process has its own again afterwards.
struct Shared {
  int openvino, streams, libtorch, opencv;
  bool operator==(const Shared&) const = default;
};
Shared shared(Kind kind, int threads, int at_once) {
  const int libtorch = at::get_num_threads(), opencv = cv::getNumThreads();
  engine::Choice choice{.kind = kind};
  engine::share_threads(choice, threads, at_once);
  const Shared out{choice.openvino.threads, choice.openvino.streams, at::get_num_threads(), cv::getNumThreads()};
  at::set_num_threads(libtorch);
  cv::setNumThreads(opencv);
  return out;
}

}  // namespace

TEST_CASE("cores are shared among images that are worked on at the same time") {
  CHECK(shared(Kind::automatic, 4, 2) == Shared{4, 2, 2, 2});
  CHECK(shared(Kind::libtorch, 2, 8) == Shared{2, 8, 1, 1});
  CHECK(shared(Kind::openvino, 3, 0) == Shared{3, 1, 3, 3});
}

TEST_CASE("OpenCV's dnn module runs one image after the other, and has all cores for it") {
  CHECK(shared(Kind::opencv, 4, 4) == Shared{4, 4, 1, 4});
}
