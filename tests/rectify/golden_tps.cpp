// The rectifier against the reference, in double: outputs, control points, positions, gradients, statistics of batch norms.
#include <scriba/rectify/tps.hpp>

#include "networks/golden_case.hpp"

using namespace scriba;

namespace {

rectify::TpsOptions options_of(const nlohmann::json& arguments) {
  return {.planes = arguments.at("in_channels").get<std::int64_t>(),
          .control_points = arguments.at("num_fiducial").get<int>(),
          .localization = arguments.at("model_name") == "large" ? rectify::TpsLocalization::large : rectify::TpsLocalization::small,
          .sampling = rectify::TpsSampling::reference};
}

struct Case : golden::NetworkCase {
  rectify::Tps& tps;

  void check_constants(int count) {
    const auto plate = rectify::thin_plate(count);
    check_map("constants", "const.inv_delta_C", at::tensor(plate.inverse, at::kDouble).view({count + 3, count + 3}));
    std::vector<double> points;
    for (const auto& point : plate.control_points) points.insert(points.end(), point.begin(), point.end());
    check_map("constants", "const.C", at::tensor(points, at::kDouble).view({count, 2}));
  }

  at::Tensor check_forward(const std::string& mode, const at::Tensor& image) {
    const auto points = tps.control_points(image);
    check_map(mode, mode + ".fiducials", points);
    const auto grid = tps.grid(points, image);
    check_map(mode, mode + ".grid", grid);
    const auto output = at::grid_sampler(image, grid, 0, 0, true);
    check_map(mode, mode + ".output", output);
    return output;
  }

  void check() {
    prepare();
    check_constants(tps.options().control_points);
    auto image = golden::formula_input(json.at("input"));
    module->eval();
    {
      const torch::NoGradGuard no_gradients;
      check_forward("eval", image);
      check_map("eval", "eval.output", tps.forward(image));
    }
    module->train();
    image.requires_grad_();
    const auto output = check_forward("train", image);
    check_statistics();
    const auto total = (output * (2 * golden::uniform_tensor("cotangent", output.sizes()) - 1)).sum();
    check_loss({total, {}});
    total.backward();
    check_map("gradients", "train.grad_input", image.grad());
    check_gradients();
  }
};

}  // namespace

TEST_CASE("the rectifier agrees with the reference") {
  const auto folder = golden::shared() / "golden" / "networks";
  if (golden::absent(folder)) return;
  std::size_t checked = 0;
  for (const auto& path : golden::cases(folder, "")) {
    const auto json = golden::json(path);
    if (!json.is_object() || json.value("component", "") != "paddle_tps.TPS") continue;
    const auto name = path.stem().string();
    CAPTURE(name);
    const auto tps = rectify::Tps::make(options_of(json.at("arguments")));
    Case one{{json, golden::tensors(golden::fs::path(path).replace_extension(".pt")), tps, [](const std::string& ours) { return ours; }},
             *tps};
    one.check();
    MESSAGE(name, ": largest differences", one.reached());
    ++checked;
  }
  CHECK(checked > 0);
}
