#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>

namespace scriba::nn {

/// Modules of one type in a row, registered as "0", "1", ...: what a part keeps of a piece that it repeats.
///
/// Keep the list itself, not pointers to its modules: `clone()` puts new modules into it.
///
///     auto blocks = register_module("blocks", std::make_shared<nn::ModuleList<Block>>());
///     blocks->push_back(std::make_shared<Block>(...));
///     for (auto& block : *blocks) x = block->forward(x);
template <class M>
class ModuleList final : public torch::nn::Module {
 public:
  void push_back(std::shared_ptr<M> module) { modules_.push_back(register_module(std::to_string(modules_.size()), std::move(module))); }

  std::size_t size() const { return modules_.size(); }
  const std::shared_ptr<M>& operator[](std::size_t i) const { return modules_[i]; }
  auto begin() const { return modules_.begin(); }
  auto end() const { return modules_.end(); }

  std::shared_ptr<torch::nn::Module> clone(const std::optional<torch::Device>& device = std::nullopt) const override {
    auto copy = std::make_shared<ModuleList>();
    copy->train(is_training());
    for (const auto& module : modules_) copy->push_back(std::dynamic_pointer_cast<M>(module->clone(device)));
    return copy;
  }

 private:
  void clone_(torch::nn::Module& other, const std::optional<torch::Device>& device) override {
    *this = dynamic_cast<const ModuleList&>(*other.clone(device));
  }

  std::vector<std::shared_ptr<M>> modules_;
};

}  // namespace scriba::nn
