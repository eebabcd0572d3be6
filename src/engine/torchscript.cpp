#include <scriba/engine/torchscript.hpp>

#include <mutex>
#include <new>
#include <vector>

#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/mobile/import.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <nlohmann/json.hpp>

#include <scriba/core/error.hpp>
#include <scriba/deploy/metadata.hpp>
#include <scriba/io/state_dict.hpp>

#include "first_line.hpp"
#include "out_of_memory.hpp"

namespace scriba::engine {

struct TorchScript::State {
  std::filesystem::path file;
  torch::jit::Module module;
  std::optional<torch::jit::mobile::Module> lite;
  std::mutex mutex;  // of the lite interpreter
  deploy::Metadata metadata;
  std::vector<std::string> outputs;

  c10::IValue forward(const at::Tensor& batch) {
    const c10::InferenceMode no_gradients;
    if (lite) {
      const std::lock_guard lock(mutex);
      return lite->forward({batch});
    }
    // Optimising is for one size: images have many, and memory would grow with them.
    const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
    return module.forward({batch});
  }
};

namespace {

std::vector<at::Tensor> tensors_of(const c10::IValue& result) {
  if (result.isTensor()) return {result.toTensor()};
  std::vector<at::Tensor> out;
  for (const auto& element : result.toTupleRef().elements()) out.push_back(element.toTensor());
  return out;
}

}  // namespace

TorchScript::TorchScript(const std::filesystem::path& file, TorchScriptOptions options) : state_(std::make_shared<State>()) {
  const auto fail = [&](std::string got) {
    throw Error({.what = "cannot load a network",
                 .where = file.string(),
                 .expected = options.lite ? "a file for LibTorch-Lite" : "a TorchScript file",
                 .got = std::move(got)});
  };
  state_->file = file;
  if (!std::filesystem::is_regular_file(file)) fail("no such file");
  torch::jit::ExtraFilesMap extra;
  for (const auto* key : deploy::kMetadataKeys) extra[key] = "";
  try {
    if (options.lite) {
      state_->lite = torch::jit::_load_for_mobile(file.string(), at::Device(at::kCPU), extra);
    } else {
      state_->module = torch::jit::load(file.string(), at::Device(at::kCPU), extra, /*load_debug_files=*/false);
      if (state_->module.hasattr("training")) {  // not frozen yet
        state_->module.eval();
        state_->module = torch::jit::freeze(state_->module);
      }
    }
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw std::bad_alloc();
    fail(first_line(error));
  }
  for (const auto& [key, value] : extra)
    if (!value.empty()) state_->metadata[key] = value;
  if (const auto names = state_->metadata.find(deploy::kOutputsKey); names != state_->metadata.end()) {
    const auto list = nlohmann::json::parse(names->second, nullptr, false);
    if (!list.is_array()) fail("metadata that do not list the outputs");
    for (const auto& name : list) state_->outputs.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  }
}

NamedTensors TorchScript::run(const at::Tensor& batch) const {
  std::vector<at::Tensor> results;
  try {
    results = tensors_of(state_->forward(batch.to(at::kCPU, at::kFloat).contiguous()));
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw std::bad_alloc();
    throw Error({.what = "the network does not take this batch",
                 .where = state_->file.string() + ", batch " + io::detail::shape_text(batch.sizes()),
                 .got = first_line(error)});
  }
  NamedTensors out;
  for (std::size_t i = 0; i < results.size(); ++i)
    out.push_back({i < state_->outputs.size() ? state_->outputs[i] : std::to_string(i), results[i].to(at::kFloat).contiguous()});
  return out;
}

std::string TorchScript::name() const { return state_->lite ? "LibTorch-Lite" : "TorchScript"; }

const std::map<std::string, std::string>& TorchScript::metadata() const { return state_->metadata; }

}  // namespace scriba::engine
