#include <scriba/backbone/dense_net.hpp>

#include <scriba/io/reference_names.hpp>
#include "support/backbone.hpp"

using namespace scriba;
using backbone::DenseNetMaps;

static_assert(Backbone<backbone::DenseNet121>);
static_assert(backbone::DenseNet121::out == features(Level{256, 4}, Level{512, 8}, Level{1024, 16}, Level{1024, 32}));
static_assert(backbone::DenseNet161::out == features(Level{384, 4}, Level{768, 8}, Level{2112, 16}, Level{2208, 32}));
static_assert(backbone::DenseNet169::out == features(Level{256, 4}, Level{512, 8}, Level{1280, 16}, Level{1664, 32}));
static_assert(backbone::DenseNet201::out == features(Level{256, 4}, Level{512, 8}, Level{1792, 16}, Level{1920, 32}));

TEST_CASE("levels, copies, training, graphs and fold of DenseNet") {
  const auto backbone = backbone::DenseNet121::make();
  backbone_check::levels(*backbone, {{96, 64}, {160, 224}});
  backbone_check::training_step(*backbone);
  backbone_check::training_step(*backbone, {1, 3, 32, 32});  // one value a channel
  backbone_check::copies(*backbone);
  backbone_check::traces(*backbone);
  backbone_check::fold(*backbone);
  backbone_check::traces(*backbone);
}

TEST_CASE("the widest DenseNet") {
  const auto backbone = backbone::DenseNet161::make();
  backbone_check::levels(*backbone, {{32, 64}});
  backbone_check::fold(*backbone, {1, 3, 32, 64});
}

TEST_CASE("parameters of the DenseNets are torchvision's without the classifier") {
  // torchvision's totals less channels x 1000 + 1000.
  CHECK(backbone_check::parameter_count(*backbone::DenseNet121::make()) == 7'978'856 - 1'025'000);
  CHECK(backbone_check::parameter_count(*backbone::DenseNet161::make()) == 28'681'000 - 2'209'000);
  CHECK(backbone_check::parameter_count(*backbone::DenseNet169::make()) == 14'149'480 - 1'665'000);
  CHECK(backbone_check::parameter_count(*backbone::DenseNet201::make()) == 20'013'928 - 1'921'000);
}

TEST_CASE("names of DenseNet are torchvision's") {
  const auto names = backbone::DenseNet121::make()->named_parameters();
  for (const char* name : {"features.conv0.weight", "features.norm0.bias", "features.denseblock1.denselayer1.norm1.weight",
                           "features.denseblock3.denselayer24.conv1.weight", "features.denseblock3.denselayer24.norm2.bias",
                           "features.denseblock4.denselayer16.conv2.weight", "features.transition3.norm.weight",
                           "features.transition1.conv.weight", "features.norm5.weight"})
    CHECK_MESSAGE(names.contains(name), name);
  CHECK(names.size() == 3 + 58 * 6 + 3 * 3 + 2);  // stem, layers, transitions, the last norm
}

TEST_CASE("weights in torchvision's files, with a dot before the number, are loaded") {
  const auto from = backbone::DenseNet201::make(), to = backbone::DenseNet201::make();
  io::StateDict file;
  int dotted = 0;
  for (const auto& [name, tensor] : io::state_dict(*from)) {
    auto theirs = name;
    if (const auto at = theirs.find("denselayer"); at != std::string::npos) {
      const auto digit = theirs.find_first_of("12", theirs.find('.', at));
      theirs = theirs.substr(0, digit) + "." + theirs.substr(digit);
      ++dotted;
    }
    file.add(theirs, tensor);
  }
  file.add("classifier.weight", at::zeros({1000, 1920}));
  REQUIRE(dotted == 98 * 12);
  io::load_weights(*to, file, {.name_map = io::dense_net_file_names(), .ignore = {"classifier."}});
  for (const auto& item : to->named_parameters()) CHECK_MESSAGE(item.value().equal(from->named_parameters()[item.key()]), item.key());
  io::load_weights(*to, io::state_dict(*from), {.name_map = io::dense_net_file_names()});  // ours, too
}

TEST_CASE("normalised maps are not negative; raw ones are what they are made from") {
  const torch::NoGradGuard no_gradients;
  const auto normalized = backbone::DenseNet121::make(), raw = backbone::DenseNet121::make({.maps = DenseNetMaps::raw});
  normalized->to(at::kDouble), raw->to(at::kDouble);
  golden::randomize(*normalized, 2);
  io::load_weights(*raw, io::state_dict(*normalized));
  normalized->eval(), raw->eval();
  const auto image = at::randn({1, 3, 64, 64}, at::kDouble);
  const auto a = normalized->forward(image), b = raw->forward(image);
  const auto state = io::state_dict(*normalized);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto norm = "features." + (i < 3 ? "transition" + std::to_string(i + 1) + ".norm" : std::string("norm5"));
    const auto get = [&](const char* what) { return state.at(norm + what); };
    const auto expected =
        at::relu(at::batch_norm(b[i], get(".weight"), get(".bias"), get(".running_mean"), get(".running_var"), false, 0, 1e-5, false));
    CHECK(golden::largest_difference(a[i], expected) < 1e-12);
    CHECK(a[i].min().item<double>() >= 0);
  }
  backbone_check::fold(*raw);
}
