// Whole detectors against the reference, in double: evaluation and training outputs, losses, gradients, statistics of batch norms.
#include "networks/reference_detectors.hpp"

#include <sstream>

#include "support/reference_losses.hpp"
#include "support/targets.hpp"

namespace {

constexpr double kTolerance = 1e-8;

using golden::Tensors;

struct Case {
  nlohmann::json json;
  Tensors stored;
  golden::ReferenceDetector network;
  std::map<std::string, double> largest{};  // what the comparisons reached, each relative as its tolerance is

  void reached(const std::string& what, double difference) { largest[what] = std::max(largest[what], difference); }

  void check_map(const std::string& what, const std::string& key, const at::Tensor& map) {
    CHECK_MESSAGE(map.sizes() == json.at("shapes").at(key).get<std::vector<std::int64_t>>(), key);
    const double difference = golden::relative_difference(stored, key, map);
    CHECK_MESSAGE(difference <= kTolerance, key, ": ", difference);
    reached(what, difference);
  }

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

  void check_statistics() {
    const auto buffers = network.module->named_buffers();
    std::map<std::string, at::Tensor> by_name;
    for (const auto& item : buffers) by_name[golden::reference_name(item.key())] = item.value();
    const auto& expected = stored.at("train.bn");
    const auto names = json.at("bn_names").get<std::vector<std::string>>();
    CHECK(by_name.size() == 3 * names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& mean = by_name.at(names[i] + ".running_mean");
      const auto& variance = by_name.at(names[i] + ".running_var");
      const std::array got{mean.sum().item<double>(), golden::projection(mean, names[i] + ".running_mean"), variance.sum().item<double>(),
                           golden::projection(variance, names[i] + ".running_var"),
                           by_name.at(names[i] + ".num_batches_tracked").to(at::kDouble).item<double>()};
      for (std::size_t column = 0; column < got.size(); ++column) {
        const double want = expected[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(column)].item<double>();
        const double difference = std::abs(got[column] - want) / (std::abs(want) + 1e-3);
        CHECK_MESSAGE(difference <= kTolerance, names[i], " column ", column);
        reached("statistics", difference);
      }
    }
  }

  void check_loss(const golden::ReferenceLoss& loss) {
    auto got = loss.terms;
    got["total"] = loss.total;
    CHECK(got.size() == json.at("loss").size());
    for (const auto& [key, want] : json.at("loss").items()) {
      const auto name = key.substr(std::string("loss.").size());
      REQUIRE_MESSAGE(got.contains(name), key);
      const double difference = std::abs(got.at(name).item<double>() - want.get<double>()) / std::abs(want.get<double>());
      CHECK_MESSAGE(difference <= kTolerance, key, ": ", difference);
      reached("loss", difference);
    }
  }

  void check_gradients() {
    std::map<std::string, at::Tensor> parameters;
    for (const auto& item : network.module->named_parameters()) parameters[golden::reference_name(item.key())] = item.value();
    const auto names = json.at("param_names").get<std::vector<std::string>>();
    const auto list = [&](const char* key) { return json.at(key).get<std::set<std::string>>(); };
    const auto none = list("grad_none"), zero = list("grad_zero");
    REQUIRE(parameters.size() == names.size());
    const auto& expected = stored.at("grad");
    const double largest_norm = expected.select(1, 0).max().item<double>();
    for (std::size_t i = 0; i < names.size(); ++i) {
      CAPTURE(names[i]);
      REQUIRE(parameters.contains(names[i]));
      const auto& gradient = parameters.at(names[i]).grad();
      const auto row = expected[static_cast<std::int64_t>(i)];
      const double norm = row[0].item<double>(), projection = row[1].item<double>();
      if (none.contains(names[i])) {
        CHECK((!gradient.defined() || gradient.abs().max().item<double>() == 0));
        continue;
      }
      REQUIRE(gradient.defined());
      const double got = gradient.norm().item<double>();
      if (zero.contains(names[i])) {
        CHECK(got < 1e-10 * largest_norm);
        continue;
      }
      const double difference = std::max(std::abs(got - norm), std::abs(golden::projection(gradient, names[i]) - projection)) / norm;
      CHECK(difference <= kTolerance);
      reached("gradients", difference);
    }
  }

  void check() {
    auto& module = *network.module;
    module.to(at::kDouble);
    std::int64_t parameters = 0;
    for (const auto& p : module.parameters()) parameters += p.numel();
    CHECK(parameters == json.at("parameters").get<std::int64_t>());
    CHECK(module.parameters().size() + module.buffers().size() == json.at("state_dict_entries").get<std::size_t>());
    golden::fill_with_formula(module, golden::reference_name, json.at("conv_transpose_weights").get<std::vector<std::string>>());
    const auto input = golden::formula_input(json.at("input"));

    module.eval();
    {
      const torch::NoGradGuard no_gradients;
      check_forward("eval", input);
    }
    module.train();
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
      Case one{json, golden::tensors(golden::fs::path(path).replace_extension(".pt")),
               golden::reference_detector(json.at("components"), json.at("base"))};
      one.check();
      std::ostringstream text;
      for (const auto& [what, difference] : one.largest) text << ", " << what << " " << difference;
      MESSAGE(name, ": largest differences", text.str());
      ++checked;
    } catch (const std::exception& error) {
      FAIL_CHECK(std::string(error.what()));
    }
  }
  CHECK(checked > 0);
}
