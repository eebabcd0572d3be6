#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include <scriba/nn/named_output.hpp>

namespace scriba::engine {

/// Any engine as one type, for code that chooses at run time and is to be compiled once. Copies share the engine.
class Any {
 public:
  template <class E>
  explicit Any(std::shared_ptr<const E> engine)
      : run_([engine](const at::Tensor& batch) { return engine->run(batch); }), name_(engine->name()) {}

  NamedTensors run(const at::Tensor& batch) const { return run_(batch); }
  const std::string& name() const { return name_; }

 private:
  std::function<NamedTensors(const at::Tensor&)> run_;
  std::string name_;
};

}  // namespace scriba::engine
