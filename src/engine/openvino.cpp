#include <scriba/engine/openvino.hpp>

#include <scriba/core/error.hpp>

#ifdef SCRIBA_HAS_OPENVINO

#include <algorithm>
#include <mutex>
#include <numeric>
#include <vector>

#include <ATen/ops/empty.h>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset13.hpp>

namespace scriba::engine {
namespace {

// One runtime a process: it owns the loaded plugins.
ov::Core& runtime() {
  static ov::Core core;
  return core;
}

at::Tensor to_torch(const ov::Tensor& from) {
  const auto& shape = from.get_shape();
  const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
  at::Tensor to;
  if (from.get_element_type() == ov::element::f32)
    to = at::empty(sizes, at::kFloat);
  else if (from.get_element_type() == ov::element::i64)
    to = at::empty(sizes, at::kLong);
  else
    throw Error(
        {.what = "cannot read an output of the network", .expected = "float32 or int64", .got = from.get_element_type().get_type_name()});
  std::memcpy(to.data_ptr(), from.data(), from.get_byte_size());
  return to;
}

// [.., C] becomes the index and the value of the largest element along C.
void reduce_to_best_class(const std::shared_ptr<ov::Model>& model) {
  const auto result = model->get_results().at(0);
  const auto probability = result->input_value(0);
  const auto one = ov::opset13::Constant::create(ov::element::i64, {}, {1});
  const auto best =
      std::make_shared<ov::opset13::TopK>(probability, one, -1, ov::op::TopKMode::MAX, ov::op::TopKSortType::NONE, ov::element::i64);
  const auto last = ov::opset13::Constant::create(ov::element::i64, {1}, {-1});
  const auto index = std::make_shared<ov::opset13::Squeeze>(best->output(1), last);
  const auto value = std::make_shared<ov::opset13::Squeeze>(best->output(0), last);
  index->output(0).set_names({"best_class"});
  value->output(0).set_names({"best_probability"});
  model->remove_result(result);
  model->add_results({std::make_shared<ov::opset13::Result>(index), std::make_shared<ov::opset13::Result>(value)});
  model->validate_nodes_and_infer_types();
}

// The plugin keeps what it prepared for every shape of input it has seen, up to 5000 pieces: a gigabyte after some hundred images of mixed
// sizes. Without that cache memory stays flat and runs take as long. The key is not a documented one, and may go.
ov::CompiledModel compile_without_cache(const std::shared_ptr<ov::Model>& model, const ov::AnyMap& settings) {
  ov::AnyMap flat = settings;
  flat["CPU_RUNTIME_CACHE_CAPACITY"] = "0";
  try {
    return runtime().compile_model(model, "CPU", flat);
  } catch (const ov::Exception&) {
    return runtime().compile_model(model, "CPU", settings);
  }
}

}  // namespace

struct OpenVino::State {
  std::filesystem::path file;
  ov::CompiledModel model;
  std::vector<std::string> outputs;
  std::mutex mutex;
  std::vector<ov::InferRequest> idle;

  // A request is taken for the length of one run and given back, also when the run throws.
  struct Lease {
    State& state;
    ov::InferRequest request;
    explicit Lease(State& s) : state(s) {
      const std::lock_guard lock(s.mutex);
      if (s.idle.empty()) {
        request = s.model.create_infer_request();
      } else {
        request = std::move(s.idle.back());
        s.idle.pop_back();
      }
    }
    ~Lease() {
      const std::lock_guard lock(state.mutex);
      state.idle.push_back(std::move(request));
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
  };
};

OpenVino::OpenVino(const std::filesystem::path& onnx_file, OpenVinoOptions options) : state_(std::make_shared<State>()) {
  state_->file = onnx_file;
  if (!std::filesystem::is_regular_file(onnx_file))
    throw Error({.what = "cannot load a network", .where = onnx_file.string(), .expected = "an ONNX file", .got = "no such file"});
  if (options.threads < 0 || options.streams < 1)
    throw Error({.what = "bad OpenVINO options",
                 .expected = "threads >= 0 and streams >= 1",
                 .got = std::to_string(options.threads) + " and " + std::to_string(options.streams)});
  try {
    auto model = runtime().read_model(onnx_file.string());
    if (options.best_class) reduce_to_best_class(model);
    ov::AnyMap settings{ov::num_streams(options.streams),
                        ov::hint::execution_mode(options.precision == Precision::fastest ? ov::hint::ExecutionMode::PERFORMANCE
                                                                                         : ov::hint::ExecutionMode::ACCURACY)};
    if (options.precision == Precision::float32) settings.insert(ov::hint::inference_precision(ov::element::f32));
    if (options.threads > 0) settings.insert(ov::inference_num_threads(options.threads));
    state_->model = compile_without_cache(model, settings);
    for (const auto& output : state_->model.outputs()) state_->outputs.push_back(output.get_any_name());
  } catch (const ov::Exception& error) {
    throw Error({.what = "cannot load a network",
                 .where = onnx_file.string(),
                 .expected = "an ONNX file that OpenVINO reads",
                 .got = error.what()});
  }
}

NamedTensors OpenVino::run(const at::Tensor& batch) const {
  const auto input = batch.to(at::kCPU, at::kFloat).contiguous();
  const ov::Shape shape(input.sizes().begin(), input.sizes().end());
  State::Lease lease(*state_);
  try {
    // The request keeps no pointer to our memory after the run: its input is set anew each time.
    lease.request.set_input_tensor(ov::Tensor(ov::element::f32, shape, input.data_ptr<float>()));
    lease.request.infer();
    NamedTensors out;
    for (std::size_t i = 0; i < state_->outputs.size(); ++i)
      out.push_back({state_->outputs[i], to_torch(lease.request.get_output_tensor(i))});
    return out;
  } catch (const ov::Exception& error) {
    std::string sizes;
    for (const auto side : input.sizes()) sizes += (sizes.empty() ? "[" : ", ") + std::to_string(side);
    throw Error(
        {.what = "the network does not take this batch", .where = state_->file.string() + ", batch " + sizes + "]", .got = error.what()});
  }
}

bool OpenVino::available() { return true; }

}  // namespace scriba::engine

#else

namespace scriba::engine {

struct OpenVino::State {};

OpenVino::OpenVino(const std::filesystem::path& onnx_file, OpenVinoOptions) {
  throw Error({.what = "cannot run " + onnx_file.string() + ": this Scriba was built without OpenVINO",
               .expected = "a build configured with -DSCRIBA_OPENVINO=ON"});
}
NamedTensors OpenVino::run(const at::Tensor&) const { return {}; }
bool OpenVino::available() { return false; }

}  // namespace scriba::engine

#endif
