#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <torch/nn/module.h>

#include <scriba/core/error.hpp>
#include <scriba/io/state_dict.hpp>

namespace scriba::io {

/// Renames by prefix: the first rule whose `from` starts the name is applied, once. Rules act at the same time, not one after the
/// other, so that {{"head.", "neck."}, {"seg_out.", "head."}} shifts two names without moving anything twice.
struct NameMap {
  struct Rule {
    std::string from, to;
  };
  std::vector<Rule> rules;

  std::string operator()(std::string_view name) const {
    for (const auto& rule : rules)
      if (name.starts_with(rule.from)) return rule.to + std::string(name.substr(rule.from.size()));
    return std::string(name);
  }
};

struct LoadOptions {
  NameMap name_map{};                 ///< from the names of the checkpoint to those of the module
  bool strict = true;                 ///< every name on either side must have its counterpart, with the same shape
  std::vector<std::string> ignore{};  ///< prefixes of checkpoint names (before name_map) to leave aside: heads used in training only
  /// Last components of names that may be missing or left over: files made by other tools lack this counter.
  std::vector<std::string> optional = {"num_batches_tracked"};
};

/// What load_weights did. Names are those of the module.
struct LoadReport {
  struct Mismatch {
    std::string name;
    std::vector<std::int64_t> expected, got;  ///< shapes: the module's, the checkpoint's
  };
  std::vector<std::string> loaded;
  std::vector<std::string> missing;     ///< in the module, not in the checkpoint
  std::vector<std::string> unexpected;  ///< in the checkpoint, not in the module (after name_map)
  std::vector<Mismatch> mismatched;     ///< in both, with different shapes

  bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

namespace detail {

/// Parameters and buffers of a module in the order of Python's state_dict: own parameters, own buffers, then the children.
inline void collect(const torch::nn::Module& module, const std::string& prefix, std::vector<StateDict::Entry>& out) {
  for (const auto& item : module.named_parameters(/*recurse=*/false)) out.emplace_back(prefix + item.key(), item.value());
  for (const auto& item : module.named_buffers(/*recurse=*/false)) out.emplace_back(prefix + item.key(), item.value());
  for (const auto& child : module.named_children()) collect(*child.value(), prefix + child.key() + ".", out);
}

/// "missing 3 (a, b, ...)" of at most four names.
inline std::string first_few(const char* label, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  std::string text = std::string(label) + " " + std::to_string(names.size());
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : " (") + names[i];
  return names.empty() ? text : text + (names.size() > kShown ? ", ...)" : ")");
}

inline Error load_error(const LoadReport& report) {
  std::vector<std::string> shapes;
  for (const auto& m : report.mismatched) shapes.push_back(m.name + " " + shape_text(m.got) + " instead of " + shape_text(m.expected));
  return Error({.what = "weights do not fit the network",
                .where = std::to_string(report.loaded.size()) + " tensors fit",
                .expected = "the same names and shapes (name_map renames prefixes, ignore leaves some out, strict = false loads what fits)",
                .got = first_few("missing", report.missing) + "; " + first_few("unexpected", report.unexpected) + "; " +
                       first_few("wrong shape", shapes)});
}

}  // namespace detail

/// Parameters and buffers by their dotted names, in the order of Python's state_dict: contiguous copies on the CPU.
inline StateDict state_dict(const torch::nn::Module& module) {
  std::vector<StateDict::Entry> live;
  detail::collect(module, "", live);
  StateDict out;
  for (auto& [name, tensor] : live)
    out.add(std::move(name), tensor.detach().to(at::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true).contiguous());
  return out;
}

/// Copies a checkpoint into the parameters and buffers of a module, by name; types and devices become the module's.
///
/// All or nothing: when it throws, the module is as it was. Throws Error when strict and anything is missing, left over or of another
/// shape, and, strict or not, when nothing at all fits.
inline LoadReport load_weights(torch::nn::Module& module, const StateDict& weights, const LoadOptions& options = {}) {
  const auto is_optional = [&](std::string_view name) {
    const auto last = name.substr(name.rfind('.') + 1);  // npos + 1 is 0: the whole name
    return std::find(options.optional.begin(), options.optional.end(), last) != options.optional.end();
  };

  std::unordered_map<std::string, const at::Tensor*> source;
  std::vector<std::string> source_names;
  for (const auto& [name, tensor] : weights) {
    if (std::ranges::any_of(options.ignore, [&](const auto& prefix) { return name.starts_with(prefix); })) continue;
    source_names.push_back(options.name_map(name));
    if (!source.emplace(source_names.back(), &tensor).second)
      throw Error({.what = "the name map gives two weights the same name", .where = source_names.back()});
  }

  std::vector<StateDict::Entry> targets;
  detail::collect(module, "", targets);
  LoadReport report;
  std::vector<std::pair<at::Tensor, const at::Tensor*>> copies;
  std::unordered_set<std::string> used;
  for (const auto& [name, target] : targets) {
    const auto found = source.find(name);
    if (found == source.end()) {
      if (!is_optional(name)) report.missing.push_back(name);
      continue;
    }
    used.insert(name);
    const at::Tensor& tensor = *found->second;
    if (tensor.sizes() == target.sizes()) {
      copies.emplace_back(target, &tensor);
      report.loaded.push_back(name);
    } else {
      report.mismatched.push_back({name, target.sizes().vec(), tensor.sizes().vec()});
    }
  }
  for (const auto& name : source_names)
    if (!used.contains(name) && !is_optional(name)) report.unexpected.push_back(name);

  // A lenient load that fits nowhere is a wrong file or a wrong prefix, never a wish.
  const bool nothing_fits = report.loaded.empty() && !targets.empty();
  if (nothing_fits || (options.strict && !report.complete())) throw detail::load_error(report);
  const at::NoGradGuard no_grad;
  for (auto& [target, tensor] : copies) target.copy_(*tensor);
  return report;
}

/// Rows of a classifier for another set of classes: row i of the result is the row of `from` with the name `to[i]`, by name, never by
/// index; so characters that two alphabets share keep what was learned. Names may be anything: give the blank one, too.
///
/// `rows` is [from.size(), ...] (weight or bias). Rows of new classes come from `initial` [to.size(), ...], for example the freshly
/// made layer; zeros when it is not given. A name that `from` has twice means its last row, as encoders do. Throws Error for wrong sizes.
inline at::Tensor remap_classes(const at::Tensor& rows, const std::vector<std::string>& from, const std::vector<std::string>& to,
                                const at::Tensor& initial = {}) {
  const auto check = [](const char* which, const at::Tensor& tensor, std::size_t classes) {
    if (tensor.dim() == 0 || tensor.size(0) != static_cast<std::int64_t>(classes))
      throw Error({.what = "cannot remap classes",
                   .where = which,
                   .expected = "one row for each of " + std::to_string(classes) + " classes",
                   .got = "shape " + detail::shape_text(tensor.sizes())});
  };
  check("rows", rows, from.size());
  if (initial.defined()) check("initial", initial, to.size());

  auto shape = rows.sizes().vec();
  shape[0] = static_cast<std::int64_t>(to.size());
  const at::NoGradGuard no_grad;
  at::Tensor out = at::full(shape, 0, rows.options().requires_grad(false));
  if (initial.defined()) {
    if (initial.sizes() != out.sizes())
      throw Error({.what = "cannot remap classes",
                   .where = "initial",
                   .expected = "shape " + detail::shape_text(shape),
                   .got = "shape " + detail::shape_text(initial.sizes())});
    out.copy_(initial);
  }
  std::unordered_map<std::string_view, std::int64_t> row_of;
  for (std::size_t i = 0; i < from.size(); ++i) row_of[from[i]] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < to.size(); ++i)
    if (const auto found = row_of.find(to[i]); found != row_of.end()) out[static_cast<std::int64_t>(i)].copy_(rows[found->second]);
  return out;
}

}  // namespace scriba::io
