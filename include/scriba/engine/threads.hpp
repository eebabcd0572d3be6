#pragma once

#include <scriba/engine/options.hpp>

namespace scriba::engine {

/// One budget of cores for all engines. `threads`: cores in all; 0: as many as the machine has. `at_once`: images that are worked on at the
/// same time, by as many threads of the caller, which share the cores.
/// Sets threads and streams of `choice.openvino`, and for the whole process how many threads LibTorch and OpenCV take. OpenCV's dnn module
/// (Kind::opencv) runs one batch after the other whoever calls, and so OpenCV gets all cores then. Call it before networks are opened.
void share_threads(Choice& choice, int threads = 0, int at_once = 1);

}  // namespace scriba::engine
