#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/metric/ctw1500.hpp>
#include <scriba/metric/icdar2015.hpp>
#include <scriba/metric/msra_td500.hpp>
#include <scriba/metric/total_text.hpp>

namespace scriba::metric {

/// The rules of a benchmark, chosen by name at run time.
///
///     auto protocol = detection_protocol("total-text");
///     for (...) protocol.add(truths, detections);
///     std::cout << protocol.score().hmean();
struct DetectionProtocol {
  std::function<ImageScore(std::span<const target::TextAnnotation> truths, std::span<const Polygon> detections)> add;
  std::function<DetectionScore()> score;
};

namespace detail {

template <class Rules>
DetectionProtocol any_protocol() {
  const auto rules = std::make_shared<Rules>();
  return {[rules](std::span<const target::TextAnnotation> truths, std::span<const Polygon> found) { return rules->add(truths, found); },
          [rules] { return rules->score(); }};
}

struct NamedProtocol {
  std::string_view name;
  DetectionProtocol (*make)();
};
inline constexpr std::array<NamedProtocol, 4> kProtocols{{{"icdar2015", any_protocol<Icdar2015>},
                                                          {"total-text", any_protocol<TotalText>},
                                                          {"ctw1500", any_protocol<Ctw1500>},
                                                          {"msra-td500", any_protocol<MsraTd500>}}};

}  // namespace detail

inline std::vector<std::string> detection_protocol_names() {
  std::vector<std::string> out;
  for (const auto& protocol : detail::kProtocols) out.emplace_back(protocol.name);
  return out;
}

/// A fresh count by the rules of that name, with their own thresholds. Throws Error for a name that is not among
/// detection_protocol_names().
inline DetectionProtocol detection_protocol(std::string_view name) {
  std::string known;
  for (const auto& protocol : detail::kProtocols) {
    if (protocol.name == name) return protocol.make();
    known += (known.empty() ? "" : ", ") + std::string(protocol.name);
  }
  throw Error({.what = "no such protocol", .where = std::string(name), .expected = "one of " + known});
}

}  // namespace scriba::metric
