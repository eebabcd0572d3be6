#pragma once
// The targets and inputs of the reference cases, from the rules in their JSON (shared/golden/README.md, "Targets").

#include <map>
#include <string>

#include "support/formula.hpp"

namespace golden {

/// 0, and inside the rectangles of an image 1, or their id when the rule has `key`.
inline at::Tensor rectangles(const nlohmann::json& rule, const nlohmann::json& images) {
  auto out = at::zeros(rule.at("shape").get<std::vector<std::int64_t>>(), at::kDouble);
  for (std::size_t n = 0; n < images.size(); ++n)
    for (const auto& rectangle : images[n]) {
      const auto box = rectangle.at(rule.at("part").get<std::string>()).get<std::vector<std::int64_t>>();
      const double value = rule.at("key").get<bool>() ? rectangle.at("id").get<double>() : 1;
      out[static_cast<std::int64_t>(n)].slice(0, box[0], box[1]).slice(1, box[2], box[3]).fill_(value);
    }
  return out;
}

/// One tensor, in double. `images`: the `rectangles` of the case, for rules that need them.
inline at::Tensor target(const nlohmann::json& rule, const nlohmann::json& images = nlohmann::json::array()) {
  const auto kind = rule.at("kind").get<std::string>();
  if (kind == "rects") return rectangles(rule, images);
  const auto shape = rule.at("shape").get<std::vector<std::int64_t>>();
  if (kind == "list") return at::tensor(rule.at("values").get<std::vector<double>>(), at::kDouble).reshape(shape);
  const auto number = [&](const char* name) { return rule.at(name).get<double>(); };
  const auto u = uniform_tensor(rule.at("name").get<std::string>(), shape);
  if (kind == "gt") return (u > number("t")).to(at::kDouble);
  if (kind == "floor") return (number("n") * u).floor();
  REQUIRE_MESSAGE((kind == "affine" || kind == "affine_lastchan"), "no such rule: ", kind);
  auto out = number("a") + number("b") * u;
  if (kind == "affine_lastchan") {
    const auto last = shape[1] - 1;
    out.select(1, last).copy_(number("a_last") + number("b_last") * u.select(1, last));
  }
  return out;
}

/// All of them by name.
inline std::map<std::string, at::Tensor> targets(const nlohmann::json& rules, const nlohmann::json& images = nlohmann::json::array()) {
  std::map<std::string, at::Tensor> out;
  for (const auto& [name, rule] : rules.items()) out[name] = target(rule, images);
  return out;
}

}  // namespace golden
