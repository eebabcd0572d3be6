#include <scriba/io/weights.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <algorithm>

namespace {

using scriba::io::LoadOptions;
using scriba::io::NameMap;
using scriba::io::StateDict;

struct NetImpl : torch::nn::Module {
  NetImpl() {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 4, 3).bias(false)));
    bn = register_module("bn", torch::nn::BatchNorm2d(4));
    head = register_module("head", torch::nn::Linear(4, 5));
    scale = register_parameter("scale", torch::full({1}, 2.0));
  }
  torch::nn::Conv2d conv{nullptr};
  torch::nn::BatchNorm2d bn{nullptr};
  torch::nn::Linear head{nullptr};
  torch::Tensor scale;
};
TORCH_MODULE(Net);

std::vector<std::string> names(const StateDict& weights) {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : weights) out.push_back(name);
  return out;
}

StateDict without(const StateDict& weights, const std::string& name) {
  StateDict out;
  for (const auto& [key, tensor] : weights)
    if (key != name) out.add(key, tensor);
  return out;
}

std::string message(auto&& action) {
  try {
    action();
  } catch (const scriba::Error& error) {
    return error.what();
  }
  return "no error";
}

bool same(const StateDict& a, const StateDict& b) {
  return names(a) == names(b) && std::ranges::all_of(a, [&](const auto& entry) { return torch::equal(entry.second, b.at(entry.first)); });
}

}  // namespace

TEST_CASE("a state_dict has parameters and buffers in Python's order, as copies") {
  Net net;
  const auto weights = scriba::io::state_dict(*net);
  CHECK(names(weights) == std::vector<std::string>{"scale", "conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
                                                   "bn.num_batches_tracked", "head.weight", "head.bias"});
  CHECK_FALSE(weights.at("conv.weight").requires_grad());
  {
    const torch::NoGradGuard no_grad;
    net->scale.fill_(7);
  }
  CHECK(weights.at("scale").item<float>() == 2);
  CHECK(weights.find("scal") == nullptr);
  CHECK_THROWS_AS(weights.at("scal"), scriba::Error);
}

TEST_CASE("weights of one network make another equal, buffers included, and stay trainable") {
  Net from, to;
  from->bn->running_mean.uniform_();
  from->bn->num_batches_tracked.fill_(12);
  const auto* parameter = to->conv->weight.unsafeGetTensorImpl();
  const auto report = scriba::io::load_weights(*to, scriba::io::state_dict(*from));
  CHECK(report.complete());
  CHECK(report.loaded.size() == 9);
  CHECK(same(scriba::io::state_dict(*from), scriba::io::state_dict(*to)));
  CHECK(to->conv->weight.unsafeGetTensorImpl() == parameter);  // an optimiser made before still holds it
  CHECK(to->conv->weight.requires_grad());
}

TEST_CASE("types become the module's") {
  Net net;
  StateDict half;
  for (const auto& [name, tensor] : scriba::io::state_dict(*net))
    half.add(name, tensor.is_floating_point() ? tensor.to(torch::kHalf) : tensor);
  Net to;
  scriba::io::load_weights(*to, half);
  CHECK((to->conv->weight.scalar_type() == torch::kFloat));
  CHECK(torch::equal(to->conv->weight, half.at("conv.weight").to(torch::kFloat)));
}

TEST_CASE("a strict load lists what does not fit and changes nothing") {
  Net net;
  const auto before = scriba::io::state_dict(*net);
  StateDict weights;
  for (const auto& [name, tensor] : before) {
    if (name == "bn.bias") continue;
    weights.add(name, name == "head.weight" ? torch::zeros({6, 4}) : torch::ones_like(tensor));
  }
  weights.add("extra.weight", torch::zeros({1}));
  const auto text = message([&] { scriba::io::load_weights(*net, weights); });
  INFO(text);
  CHECK(text.find("missing 1 (bn.bias)") != std::string::npos);
  CHECK(text.find("unexpected 1 (extra.weight)") != std::string::npos);
  CHECK(text.find("wrong shape 1 (head.weight [6, 4] instead of [5, 4])") != std::string::npos);
  CHECK(text.find("name_map") != std::string::npos);
  CHECK(same(before, scriba::io::state_dict(*net)));

  SUBCASE("a lenient one copies what fits and reports the rest") {
    const auto report = scriba::io::load_weights(*net, weights, {.strict = false});
    CHECK(report.loaded.size() == 7);
    CHECK(report.missing == std::vector<std::string>{"bn.bias"});
    CHECK(report.unexpected == std::vector<std::string>{"extra.weight"});
    REQUIRE(report.mismatched.size() == 1);
    CHECK(report.mismatched[0].expected == std::vector<std::int64_t>{5, 4});
    CHECK(net->conv->weight.min().item<float>() == 1);
    CHECK(torch::equal(net->head->weight, before.at("head.weight")));
  }
  SUBCASE("names to ignore are not unexpected") {
    auto fitting = scriba::io::state_dict(*Net());
    fitting.add("auxiliary.weight", torch::zeros({1}));
    CHECK_THROWS_AS(scriba::io::load_weights(*net, fitting), scriba::Error);
    CHECK(scriba::io::load_weights(*net, fitting, {.ignore = {"auxiliary."}}).complete());
  }
}

TEST_CASE("many wrong names give a short message") {
  Net net;
  StateDict weights;
  weights.add("scale", torch::zeros({1}));
  for (int i = 0; i < 1000; ++i) weights.add("other." + std::to_string(i), torch::zeros({1}));
  const auto text = message([&] { scriba::io::load_weights(*net, weights); });
  CHECK(text.find("unexpected 1000 (other.0, other.1, other.2, other.3, ...)") != std::string::npos);
  CHECK(text.size() < 700);
}

TEST_CASE("nothing that fits is an error even when lenient") {
  Net net;
  StateDict weights;
  weights.add("model.scale", torch::zeros({1}));
  CHECK_THROWS_AS(scriba::io::load_weights(*net, weights, {.strict = false}), scriba::Error);
  CHECK_THROWS_AS(scriba::io::load_weights(*net, StateDict{}, {.strict = false}), scriba::Error);
}

TEST_CASE("the counter of batches may be missing or left over") {
  Net net;
  CHECK(scriba::io::load_weights(*net, without(scriba::io::state_dict(*Net()), "bn.num_batches_tracked")).complete());
  CHECK_THROWS_AS(scriba::io::load_weights(*net, without(scriba::io::state_dict(*Net()), "bn.running_var")), scriba::Error);
  auto weights = scriba::io::state_dict(*net);
  weights.add("head.num_batches_tracked", torch::zeros({}, torch::kLong));
  CHECK(scriba::io::load_weights(*net, weights).complete());
  CHECK_THROWS_AS(scriba::io::load_weights(*net, weights, LoadOptions{.optional = {}}), scriba::Error);
}

TEST_CASE("renames happen once, by the first prefix that fits") {
  const NameMap map{{{"head.", "neck."}, {"seg_out.", "head."}, {"head.never", "x"}}};
  CHECK(map("head.conv.weight") == "neck.conv.weight");
  CHECK(map("seg_out.conv.weight") == "head.conv.weight");
  CHECK(map("backbone.head.x") == "backbone.head.x");
  CHECK(NameMap{{{"", "model."}}}("conv") == "model.conv");

  Net net;
  StateDict weights;
  for (const auto& [name, tensor] : scriba::io::state_dict(*Net()))
    weights.add(name.starts_with("bn.")     ? "head." + name.substr(3)
                : name.starts_with("head.") ? "seg_out." + name.substr(5)
                                            : name,
                tensor);
  CHECK(scriba::io::load_weights(*net, weights, {.name_map = {{{"head.", "bn."}, {"seg_out.", "head."}}}}).complete());
  const auto clash = message([&] { scriba::io::load_weights(*net, weights, {.name_map = {{{"head.", "x."}, {"seg_out.", "x."}}}}); });
  CHECK(clash.find("same name: x.weight") != std::string::npos);
}

TEST_CASE("classes are remapped by character") {
  const auto rows = torch::arange(8, torch::kFloat).reshape({4, 2});
  const std::vector<std::string> from{"<blank>", "a", "b", "c"}, to{"<blank>", "c", "é", "a"};
  const auto remapped = scriba::io::remap_classes(rows, from, to);
  CHECK(torch::equal(remapped, torch::tensor({{0.f, 1.f}, {6.f, 7.f}, {0.f, 0.f}, {2.f, 3.f}})));
  const auto fresh = torch::full({4, 2}, -1.f, torch::requires_grad());
  CHECK(torch::equal(scriba::io::remap_classes(rows, from, to, fresh)[2], torch::tensor({-1.f, -1.f})));
  CHECK(torch::equal(scriba::io::remap_classes(torch::tensor({0.f, 1.f, 2.f, 3.f}), from, to), torch::tensor({0.f, 3.f, 0.f, 1.f})));
  CHECK(torch::equal(scriba::io::remap_classes(rows, {"a", "b", "a", "d"}, {"a"}), torch::tensor({{4.f, 5.f}})));
  CHECK(rows.data_ptr() != scriba::io::remap_classes(rows, from, from).data_ptr());

  CHECK_THROWS_AS(scriba::io::remap_classes(rows, {"a"}, to), scriba::Error);
  CHECK_THROWS_AS(scriba::io::remap_classes(torch::tensor(1.f), from, to), scriba::Error);
  CHECK_THROWS_AS(scriba::io::remap_classes(rows, from, to, torch::zeros({3, 2})), scriba::Error);
  CHECK_THROWS_AS(scriba::io::remap_classes(rows, from, to, torch::zeros({4, 3})), scriba::Error);
}
