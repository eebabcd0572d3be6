#include <scriba/engine/threads.hpp>

#include <algorithm>
#include <thread>

#include <ATen/Parallel.h>
#include <opencv2/core/utility.hpp>

namespace scriba::engine {

void share_threads(Choice& choice, int threads, int at_once) {
  if (threads < 1) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  at_once = std::max(1, at_once);
  const int each = std::max(1, threads / at_once);
  choice.openvino.threads = threads;
  choice.openvino.streams = at_once;
  at::set_num_threads(each);
  cv::setNumThreads(choice.kind == Kind::opencv ? threads : each);
}

}  // namespace scriba::engine
