#include <scriba/engine/tensorrt.hpp>

#include <scriba/core/error.hpp>

#ifdef SCRIBA_HAS_TENSORRT

#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>
#include <cuda_runtime_api.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch_tensorrt/logging.h>
#include <torch_tensorrt/torch_tensorrt.h>
#include <nlohmann/json.hpp>

#include <scriba/deploy/metadata.hpp>
#include <scriba/engine/tensorrt_cache.hpp>
#include <scriba/io/state_dict.hpp>
#include <scriba/version.hpp>

#include "first_line.hpp"

// Of libnvinfer, whose headers are not in Torch-TensorRT's wheel.
extern "C" std::int32_t getInferLibVersion() noexcept;

namespace scriba::engine {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, std::string got) {
  throw Error({.what = "cannot load a network", .where = file.string(), .expected = "a TorchScript file", .got = std::move(got)});
}

std::string bytes_of(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) refuse(file, "no such file");
  std::ifstream in(file, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in || bytes.empty()) refuse(file, "nothing that can be read");
  return bytes;
}

TensorRtPlace place_of(int device, const std::string& file) {
  const auto fail = [&](std::string expected, std::string got) {
    throw Error({.what = "cannot run a network by TensorRT", .where = file, .expected = std::move(expected), .got = std::move(got)});
  };
  int count = 0;
  if (const auto status = cudaGetDeviceCount(&count); status != cudaSuccess || count == 0) {
    cudaGetLastError();  // or it comes up in the next call of somebody else
    fail("an NVIDIA GPU with its driver", status != cudaSuccess ? cudaGetErrorString(status) : "none");
  }
  if (device >= count) fail("a GPU with index " + std::to_string(device), std::to_string(count) + " GPUs, counted from 0");
  cudaDeviceProp properties{};
  if (const auto status = cudaGetDeviceProperties(&properties, device); status != cudaSuccess) {
    cudaGetLastError();
    fail("a GPU that works", cudaGetErrorString(status));
  }
  return {.gpu = properties.name,
          .capability = std::to_string(properties.major) + "." + std::to_string(properties.minor),
          .torch_tensorrt = TORCH_TENSORRT_VERSION,
          .tensorrt = std::to_string(getInferLibVersion()),
          .scriba = kVersion};
}

torch::jit::Module load(const std::string& bytes, at::Device device, torch::jit::ExtraFilesMap& extra) {
  std::istringstream in(bytes);
  auto module = torch::jit::load(in, device, extra, /*load_debug_files=*/false);
  if (module.hasattr("training")) module.eval();
  return module;
}

std::vector<std::string> output_names(const std::string& json, const std::filesystem::path& file) {
  const auto list = nlohmann::json::parse(json, nullptr, false);
  std::vector<std::string> names;
  for (const auto& name : list) names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  if (!list.is_array()) refuse(file, "metadata that do not list the outputs");
  return names;
}

at::Device cuda(const TensorRtOptions& options) { return {at::kCUDA, static_cast<at::DeviceIndex>(options.device)}; }

std::vector<double> ranges_of(const torch::jit::Module& module, const std::filesystem::path& file, std::string_view model,
                              const TensorRtOptions& options) {
  if (options.precision != TensorRtPrecision::int8) return {};
  const bool keeping = !options.cache.empty() && !options.calibration.name.empty();
  const auto key = ranges_key(model, options.calibration);
  const auto place = cache_file(options.cache, file, key, ".ranges");
  if (keeping)
    if (const auto text = kept(place, key))
      if (auto ranges = ranges_from_text(*text)) return *ranges;
  auto ranges = calibrated_ranges(module, options.calibration, cuda(options));
  if (keeping) keep(place, key, ranges_text(ranges));
  return ranges;
}

torch::jit::Module compiled(const torch::jit::Module& module, const TensorRtOptions& options, const SizeProfile& sizes,
                            const std::vector<double>& ranges) {
  using torch_tensorrt::DataType;
  torch_tensorrt::logging::set_reportable_log_level(torch_tensorrt::logging::kERROR);
  const bool half = options.precision == TensorRtPrecision::float16, int8 = options.precision == TensorRtPrecision::int8;
  const bool fixed = sizes.smallest == sizes.largest;
  const auto vector = [](const std::array<std::int64_t, 4>& side) { return std::vector<std::int64_t>(side.begin(), side.end()); };
  const DataType type = half ? DataType::kHalf : DataType::kFloat;
  const auto input = fixed ? torch_tensorrt::Input(vector(sizes.usual), type)
                           : torch_tensorrt::Input(vector(sizes.smallest), vector(sizes.usual), vector(sizes.largest), type);
  torch_tensorrt::ts::CompileSpec spec(std::vector<torch_tensorrt::Input>{input});
  // TensorRT 11 takes the precision of each step from the network; this says what to expect, and keeps 8-bit weights from being folded.
  spec.enabled_precisions = {DataType::kFloat};
  if (half) spec.enabled_precisions.insert(DataType::kHalf);
  if (int8) spec.enabled_precisions.insert(DataType::kChar);
  spec.allow_shape_tensors = !fixed;
  spec.truncate_long_and_double = true;
  spec.workspace_size = static_cast<std::uint64_t>(options.workspace);
  spec.device.gpu_id = options.device;
  return torch_tensorrt::ts::compile(half ? in_float16(module) : int8 ? in_int8(module, ranges) : module, spec);
}

}  // namespace

struct TensorRt::State {
  std::filesystem::path file;
  torch::jit::Module module;
  std::mutex mutex;
  deploy::Metadata metadata;
  std::vector<std::string> outputs;
  SizeProfile sizes;
  at::Device device = at::kCUDA;
  at::ScalarType type = at::kFloat;
};

TensorRt::TensorRt(const std::filesystem::path& file, TensorRtOptions options) : state_(std::make_shared<State>()) {
  check(options);
  auto& state = *state_;
  state.file = file;
  const auto bytes = bytes_of(file);
  torch::jit::ExtraFilesMap extra;
  for (const auto* key : deploy::kMetadataKeys) extra[key] = "";
  try {
    load(bytes, at::kCPU, extra);
  } catch (const std::exception& error) {
    refuse(file, first_line(error));
  }
  for (const auto& [key, value] : extra)
    if (!value.empty()) state.metadata[key] = value;
  if (const auto names = state.metadata.find(deploy::kOutputsKey); names != state.metadata.end())
    state.outputs = output_names(names->second, file);
  state.sizes = options.sizes ? *options.sizes : usual_sizes(state.metadata, file.string());

  const auto place = place_of(options.device, file.string());
  state.device = cuda(options);
  if (options.precision == TensorRtPrecision::float16) state.type = at::kHalf;
  const c10::cuda::CUDAGuard on_that_gpu(state.device);
  try {
    const auto model = digest(bytes);
    torch::jit::ExtraFilesMap none;
    const auto plain = load(bytes, state.device, none);
    const auto ranges = ranges_of(plain, file, model, options);
    const auto key = engine_key(model, place, options, state.sizes, ranges);
    const auto kept_file = cache_file(options.cache, file, key, ".tensorrt");
    if (!options.cache.empty())
      if (const auto engine = kept(kept_file, key)) {
        try {
          state.module = load(*engine, state.device, none);
          return;
        } catch (const std::exception&) {  // of another build of the same version: made anew
        }
      }
    state.module = compiled(plain, options, state.sizes, ranges);
    if (!options.cache.empty()) {
      std::ostringstream out;
      state.module.save(out);
      keep(kept_file, key, out.view());
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error({.what = "TensorRT cannot compile this network", .where = file.string(), .got = first_line(error)});
  }
}

NamedTensors TensorRt::run(const at::Tensor& batch) const {
  auto& state = *state_;
  const auto fail = [&](std::string expected, std::string got) {
    throw Error({.what = "the network does not take this batch",
                 .where = state.file.string() + ", batch " + io::detail::shape_text(batch.sizes()),
                 .expected = std::move(expected),
                 .got = std::move(got)});
  };
  if (!takes(state.sizes, batch.sizes())) fail("a size from " + describe(state.sizes) + " (TensorRtOptions::sizes)", "");
  NamedTensors out;
  const auto add = [&](const at::Tensor& value) {
    out.push_back({out.size() < state.outputs.size() ? state.outputs[out.size()] : std::to_string(out.size()),
                   value.to(at::kCPU, at::kFloat).contiguous()});
  };
  try {
    const c10::cuda::CUDAGuard on_that_gpu(state.device);
    const c10::InferenceMode no_gradients;
    const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
    const auto input = batch.to(state.device, state.type).contiguous();
    const std::lock_guard lock(state.mutex);
    const auto result = state.module.forward({input});
    if (result.isTensor())
      add(result.toTensor());
    else
      for (const auto& element : result.toTupleRef().elements()) add(element.toTensor());
  } catch (const std::exception& error) {
    fail("", first_line(error));
  }
  return out;
}

const std::map<std::string, std::string>& TensorRt::metadata() const { return state_->metadata; }

bool TensorRt::available() { return true; }

}  // namespace scriba::engine

#else

namespace scriba::engine {

struct TensorRt::State {};

TensorRt::TensorRt(const std::filesystem::path& file, TensorRtOptions) {
  throw Error({.what = "cannot run " + file.string() + ": this Scriba was built without TensorRT",
               .expected = "a build configured with -DSCRIBA_TENSORRT=ON and -DTorchTensorRT_ROOT=..."});
}
NamedTensors TensorRt::run(const at::Tensor&) const { return {}; }
const std::map<std::string, std::string>& TensorRt::metadata() const {
  static const std::map<std::string, std::string> none;
  return none;
}
bool TensorRt::available() { return false; }

}  // namespace scriba::engine

#endif
