#include <scriba/nn/pre_norm.hpp>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

class Owner final : public torch::nn::Cloneable<Owner> {
 public:
  explicit Owner(nn::Form form) : form_(form) { reset(); }
  void reset() override { norm_.register_in(*this, "norm", 2, form_); }
  at::Tensor forward(const at::Tensor& x) { return norm_.forward(x); }
  void fold() {
    norm_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  nn::Form form_;
  nn::PreNorm norm_;
};

}  // namespace

TEST_CASE("deployed, a batch norm is one factor and one summand a channel") {
  const torch::NoGradGuard no_gradients;
  Owner owner(nn::Form::training);
  owner.to(at::kDouble);
  auto parameters = owner.named_parameters();
  auto buffers = owner.named_buffers();
  parameters["norm.weight"].copy_(at::tensor({3.0, 0.5}));
  parameters["norm.bias"].copy_(at::tensor({1.0, -1.0}));
  buffers["norm.running_mean"].copy_(at::tensor({2.0, 0.0}));
  buffers["norm.running_var"].copy_(at::tensor({2.25 - 1e-5, 0.25 - 1e-5}));
  owner.eval();
  const auto x = at::tensor({5.0, 8.0}, at::kDouble).reshape({1, 2, 1, 1});
  // 3 (5 - 2) / 1.5 + 1 and 0.5 (8 - 0) / 0.5 - 1
  CHECK(golden::largest_difference(owner.forward(x).flatten(), at::tensor({7.0, 7.0}, at::kDouble)) < 1e-12);
  owner.fold();
  CHECK(golden::largest_difference(owner.forward(x).flatten(), at::tensor({7.0, 7.0}, at::kDouble)) < 1e-12);
  CHECK(golden::largest_difference(owner.named_parameters()["norm.weight"], at::tensor({2.0, 1.0}, at::kDouble)) < 1e-12);
  CHECK(golden::largest_difference(owner.named_parameters()["norm.bias"], at::tensor({-3.0, -1.0}, at::kDouble)) < 1e-12);
  CHECK(owner.buffers().empty());
  owner.fold();
  const auto copy = std::dynamic_pointer_cast<Owner>(owner.clone());
  CHECK(copy->forward(x).equal(owner.forward(x)));
}

TEST_CASE("made in the deployed form it passes its input on") {
  const torch::NoGradGuard no_gradients;
  const auto x = at::randn({2, 2, 3, 1});
  CHECK(Owner(nn::Form::deployed).forward(x).equal(x));
}
