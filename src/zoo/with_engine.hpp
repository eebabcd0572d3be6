#pragma once
// A model's network in the engine that is asked for.

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include <scriba/deploy/run_by.hpp>
#include <scriba/detector.hpp>
#include <scriba/recognizer.hpp>

namespace scriba::zoo::detail {

/// A model whose network an engine runs.
template <class Model>
auto deployed(engine::Any network, typename Model::Options options) {
  const auto engine = std::make_shared<const engine::Any>(std::move(network));
  if constexpr (std::same_as<decltype(options.input), DetectorInput>)
    return std::make_shared<const DeployedDetector<Model, engine::Any>>(engine, std::move(options));
  else
    return std::make_shared<const DeployedRecognizer<Model, engine::Any>>(engine, std::move(options));
}

/// Of a model as LibTorch has it, or of what deployed() made.
template <class Model>
std::string engine_name(const Model& model) {
  if constexpr (requires { model.engine().name(); })
    return model.engine().name();
  else
    return "LibTorch";
}

/// Hands a model that LibTorch has to `use`: as it is, or with its network in another engine. Both have one result.
template <class Model, class Use>
auto with_engine(const engine::Choice& choice, std::shared_ptr<const Model> model, const Use& use) {
  if (choice.kind == engine::Kind::automatic || choice.kind == engine::Kind::libtorch) return use(std::move(model));
  return use(deployed<Model>(deploy::run_by(*model, choice), model->options()));
}

}  // namespace scriba::zoo::detail
