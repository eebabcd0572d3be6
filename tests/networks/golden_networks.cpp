// Whole detectors against the reference, in double: evaluation and training outputs, losses, gradients, statistics of batch norms.
#include "networks/golden_case.hpp"
#include "networks/reference_detectors.hpp"

#include "support/reference_losses.hpp"
#include "support/targets.hpp"

namespace {

using golden::Tensors;

struct Case : golden::NetworkCase {
  golden::ReferenceDetector network;

  // Runs the network in its present mode; `mode` is "eval" or "train".
  Tensors check_forward(const std::string& mode, const at::Tensor& input) {
    auto levels = network.backbone(input);
    const auto neck = network.neck(levels);
    const auto outputs = network.head(neck);
    if (network.coarsest_first) std::reverse(levels.begin(), levels.end());
    std::size_t expected = levels.size() + neck.size() + outputs.size();
    for (std::size_t i = 0; i < levels.size(); ++i) check_map(mode, mode + ".backbone." + std::to_string(i), levels[i]);
    REQUIRE(neck.size() == 1);
    check_map(mode, mode + ".neck", neck[0]);
    for (const auto& [name, map] : outputs) check_map(mode, mode + "." + name, map);
    for (const auto& [key, shape] : json.at("shapes").items()) expected -= key.starts_with(mode + ".");
    CHECK_MESSAGE(expected == 0, "as many maps as the reference has in ", mode);
    return outputs;
  }

  void check() {
    prepare();
    const auto input = golden::formula_input(json.at("input"));
    module->eval();
    {
      const torch::NoGradGuard no_gradients;
      check_forward("eval", input);
    }
    module->train();
    auto tensors = check_forward("train", input);
    check_statistics();
    tensors.merge(golden::targets(json.at("targets"), json.value("rectangles", nlohmann::json::array())));
    const auto name = json.at("components").at("loss").get<std::string>();
    REQUIRE_MESSAGE(golden::reference_losses().contains(name), "no loss for ", name);
    const auto loss = golden::reference_losses().at(name)(tensors, json.at("loss_args"));
    check_loss(loss);
    loss.total.backward();
    check_gradients();
  }
};

}  // namespace

TEST_CASE("detectors agree with the reference") {
  const auto folder = golden::shared() / "golden" / "networks";
  if (golden::absent(folder)) return;
  torch::set_num_threads(2);
  std::size_t checked = 0;
  for (const auto& path : golden::cases(folder, "")) {
    const auto json = golden::json(path);
    if (!json.contains("components") || !json.at("components").contains("segout")) continue;  // a recogniser, or no network at all
    const auto name = path.stem().string();
    CAPTURE(name);
    try {
      const auto network = golden::reference_detector(json.at("components"), json.at("base"));
      Case one{{json, golden::tensors(golden::fs::path(path).replace_extension(".pt")), network.module, golden::reference_name}, network};
      one.check();
      MESSAGE(name, ": largest differences", one.reached());
      ++checked;
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
  CHECK(checked > 0);
}
