// Every loss of the reference values: value, terms, gradients.
#include <array>

#include "support/reference_losses.hpp"
#include "support/targets.hpp"

namespace {

constexpr double kTolerance = 1e-8;

// The longest kind that starts the name of a case: "pan_agg" before "pan".
std::string kind_of(const std::string& name) {
  std::string best;
  for (const auto& [kind, function] : golden::reference_losses())
    if ((name == kind || name.starts_with(kind + "_")) && kind.size() > best.size()) best = kind;
  return best;
}

void check_case(const std::string& name, const nlohmann::json& json, const golden::Tensors& stored) {
  CAPTURE(name);
  auto tensors = golden::targets(json.at("inputs"), json.value("rectangles", nlohmann::json::array()));
  for (const auto& [input, value] : tensors)
    if (stored.contains(name + ".in." + input)) {
      const auto& expected = stored.at(name + ".in." + input);
      REQUIRE_MESSAGE(golden::largest_difference(value, expected.reshape(value.sizes())) == 0, "input ", input);
    }
  for (const auto& input : json.at("gradients")) tensors.at(input.get<std::string>()).requires_grad_();

  auto arguments = json.at("arguments");
  for (const auto* more : {"labels", "label_lengths", "blank"})
    if (json.contains(more)) arguments[more] = json.at(more);
  const auto got = golden::reference_losses().at(kind_of(name))(tensors, arguments);
  const double value = json.at("value").get<double>();
  CHECK(std::abs(got.total.item<double>() - value) <= kTolerance * std::abs(value));
  for (const auto& [term, expected] : json.at("terms").items()) {
    CAPTURE(term);
    REQUIRE(got.terms.contains(term));
    if (expected.is_number())
      CHECK(std::abs(got.terms.at(term).item<double>() - expected.get<double>()) <= kTolerance * std::abs(expected.get<double>()));
    else
      CHECK(golden::largest_difference(got.terms.at(term), stored.at(name + ".term." + term)) <= kTolerance);
  }

  if (got.total.requires_grad()) got.total.backward();
  const auto without = json.at("no_gradient_path").get<std::vector<std::string>>();
  for (const auto& item : json.at("gradients")) {
    const auto input = item.get<std::string>();
    CAPTURE(input);
    const auto& gradient = tensors.at(input).grad();
    if (std::find(without.begin(), without.end(), input) != without.end()) {
      CHECK((!gradient.defined() || gradient.abs().max().item<double>() == 0));
      continue;
    }
    const auto& expected = stored.at(name + ".grad." + input);
    REQUIRE(gradient.defined());
    CHECK(golden::largest_difference(gradient, expected) <= kTolerance * expected.abs().max().item<double>());
  }
}

}  // namespace

TEST_CASE("losses agree with the reference") {
  const auto folder = golden::shared() / "golden" / "networks";
  if (golden::absent(folder / "losses.json")) return;
  const auto stored = golden::tensors(folder / "losses.pt");
  std::size_t checked = 0;
  const auto cases = golden::json(folder / "losses.json");
  for (const auto& [name, json] : cases.items()) {
    if (kind_of(name).empty()) {
      FAIL_CHECK("no loss for case ", name);
    } else {
      check_case(name, json, stored);
      ++checked;
    }
  }
  MESSAGE(checked, " cases");
  CHECK(checked > 0);
}
