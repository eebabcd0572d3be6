#pragma once
// A network of the reference as a golden case describes it, and what is compared whatever the network is.

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "support/formula.hpp"
#include "support/reference_loss.hpp"

namespace golden {

inline constexpr double kNetworkTolerance = 1e-8;

struct NetworkCase {
  nlohmann::json json;
  Tensors stored;
  std::shared_ptr<torch::nn::Module> module;
  ReferenceName reference_name;
  std::map<std::string, double> largest{};  // what the comparisons reached, each relative as its tolerance is

  void reached(const std::string& what, double difference) { largest[what] = std::max(largest[what], difference); }

  void check_map(const std::string& what, const std::string& key, const at::Tensor& map) {
    CHECK_MESSAGE(map.sizes() == json.at("shapes").at(key).get<std::vector<std::int64_t>>(), key);
    const double difference = relative_difference(stored, key, map);
    CHECK_MESSAGE(difference <= kNetworkTolerance, key, ": ", difference);
    reached(what, difference);
  }

  /// Double, formula weights, and as many parameters as the case says.
  void prepare() {
    module->to(at::kDouble);
    std::int64_t parameters = 0;
    for (const auto& p : module->parameters()) parameters += p.numel();
    CHECK(parameters == json.at("parameters").get<std::int64_t>());
    CHECK(module->parameters().size() + module->buffers().size() == json.at("state_dict_entries").get<std::size_t>());
    fill_with_formula(*module, reference_name, json.at("conv_transpose_weights").get<std::vector<std::string>>());
  }

  void check_statistics() {
    const auto buffers = module->named_buffers();
    std::map<std::string, at::Tensor> by_name;
    for (const auto& item : buffers) by_name[reference_name(item.key())] = item.value();
    const auto& expected = stored.at("train.bn");
    const auto names = json.at("bn_names").get<std::vector<std::string>>();
    CHECK(by_name.size() == 3 * names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto& mean = by_name.at(names[i] + ".running_mean");
      const auto& variance = by_name.at(names[i] + ".running_var");
      const std::array got{mean.sum().item<double>(), projection(mean, names[i] + ".running_mean"), variance.sum().item<double>(),
                           projection(variance, names[i] + ".running_var"),
                           by_name.at(names[i] + ".num_batches_tracked").to(at::kDouble).item<double>()};
      for (std::size_t column = 0; column < got.size(); ++column) {
        const double want = expected[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(column)].item<double>();
        const double difference = std::abs(got[column] - want) / (std::abs(want) + 1e-3);
        CHECK_MESSAGE(difference <= kNetworkTolerance, names[i], " column ", column);
        reached("statistics", difference);
      }
    }
  }

  void check_loss(const ReferenceLoss& loss) {
    auto got = loss.terms;
    got["total"] = loss.total;
    CHECK(got.size() == json.at("loss").size());
    for (const auto& [key, want] : json.at("loss").items()) {
      const auto name = key.substr(std::string("loss.").size());
      REQUIRE_MESSAGE(got.contains(name), key);
      const double difference = std::abs(got.at(name).item<double>() - want.get<double>()) / std::abs(want.get<double>());
      CHECK_MESSAGE(difference <= kNetworkTolerance, key, ": ", difference);
      reached("loss", difference);
    }
  }

  void check_gradients() {
    std::map<std::string, at::Tensor> parameters;
    for (const auto& item : module->named_parameters()) parameters[reference_name(item.key())] = item.value();
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
      const double norm = row[0].item<double>(), projected = row[1].item<double>();
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
      const double difference = std::max(std::abs(got - norm), std::abs(projection(gradient, names[i]) - projected)) / norm;
      CHECK(difference <= kNetworkTolerance);
      reached("gradients", difference);
    }
  }

  std::string reached() const {
    std::ostringstream text;
    for (const auto& [what, difference] : largest) text << ", " << what << " " << difference;
    return text.str();
  }
};

}  // namespace golden
