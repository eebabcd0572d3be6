#pragma once

#include <scriba/engine/options.hpp>

namespace scriba::engine {

/// One budget of cores for all engines: `at_once` images are worked on at the same time, by as many threads of the caller, on `threads`
/// cores in all; 0: as many as the machine has. Sets `choice.openvino`, and for the whole process what LibTorch and OpenCV take: `threads /
/// at_once` each. OpenCV's dnn module (Kind::opencv) runs one image after the other whoever calls, and so gets all cores. Call it before
/// the networks are opened.
void share_threads(Choice& choice, int threads = 0, int at_once = 1);

}  // namespace scriba::engine
