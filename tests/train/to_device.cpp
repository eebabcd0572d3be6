#include <scriba/train/to_device.hpp>

#include <scriba/loss/ctc.hpp>
#include <scriba/loss/db_multi_class.hpp>
#include <scriba/loss/pan.hpp>
#include <scriba/loss/pse.hpp>
#include <scriba/loss/sast.hpp>
#include "support/tensors.hpp"

using namespace scriba;

namespace {

// The meta device is everywhere: it has shapes and no memory.
const at::Device kElsewhere(at::kMeta);

template <class Target>
void check_all_move(Target target, std::size_t tensors) {
  CHECK(target.tensors().size() == tensors);
  for (at::Tensor* tensor : target.tensors()) *tensor = at::ones({2, 3});
  auto moved = train::to_device(target, kElsewhere);
  for (at::Tensor* tensor : moved.tensors()) {
    CHECK(tensor->device() == kElsewhere);
    CHECK(tensor->sizes() == at::IntArrayRef({2, 3}));
  }
  for (at::Tensor* tensor : target.tensors()) CHECK(tensor->is_cpu());
}

}  // namespace

TEST_CASE("every map of a target goes to the device; what has none stays without") {
  check_all_move(loss::DbTarget{}, 4);
  check_all_move(loss::DbMultiClassTarget{}, 5);
  check_all_move(loss::PseTarget{}, 3);
  check_all_move(loss::PanTarget{}, 5);
  check_all_move(loss::SastTarget{}, 5);
  loss::DbTarget without;
  without.shrink = at::ones({1});
  const auto incomplete = train::to_device(without, kElsewhere);
  CHECK(incomplete.shrink.is_meta());
  CHECK_FALSE(incomplete.threshold.defined());
}

TEST_CASE("a target that is a tensor moves, the texts of CTC stay on the CPU") {
  CHECK(train::to_device(at::ones({2}), kElsewhere).is_meta());
  CHECK_FALSE(train::to_device(at::Tensor(), kElsewhere).defined());
  CHECK(train::to_device(loss::CtcTarget{at::ones({2}), at::ones({1})}, kElsewhere).labels.is_cpu());
}
