#include <scriba/engine/opencv_dnn.hpp>

#include <scriba/core/error.hpp>

#ifdef SCRIBA_HAS_OPENCV_DNN

#include <algorithm>
#include <cstring>
#include <fstream>
#include <list>
#include <mutex>
#include <new>
#include <vector>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <onnx/onnx_pb.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>

#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/state_dict.hpp>

#include "first_line.hpp"
#include "fixed_size.hpp"
#include "out_of_memory.hpp"

namespace scriba::engine {
namespace {

// OpenCV prints what it throws, too. Its log level is the process's: of runs at the same time the first saves it, the last restores it.
class Silence {
 public:
  Silence() {
    const std::lock_guard lock(mutex_);
    if (count_++ == 0) before_ = cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }
  ~Silence() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) cv::utils::logging::setLogLevel(before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  inline static std::mutex mutex_;
  inline static int count_ = 0;
  inline static cv::utils::logging::LogLevel before_ = cv::utils::logging::LOG_LEVEL_INFO;
};

// OpenCV's messages: "OpenCV(4.6.0) file:line: error: (-2:..) what > in function 'f'".
std::string reason(const std::exception& error) {
  const auto* of_opencv = dynamic_cast<const cv::Exception*>(&error);
  return of_opencv ? of_opencv->err.substr(0, of_opencv->err.find('\n')) : first_line(error);
}

at::Tensor to_torch(const cv::Mat& from) {
  if (from.depth() != CV_32F)
    throw Error({.what = "cannot read an output of the network", .expected = "float32", .got = cv::typeToString(from.type())});
  const std::vector<std::int64_t> sizes(from.size.p, from.size.p + from.dims);
  const cv::Mat whole = from.isContinuous() ? from : from.clone();
  auto to = at::empty(sizes, at::kFloat);
  std::memcpy(to.data_ptr(), whole.data, static_cast<std::size_t>(to.numel()) * sizeof(float));
  return to;
}

}  // namespace

struct OpenCvDnn::State {
  struct Prepared {
    std::vector<int> size;
    cv::dnn::Net net;
    std::vector<std::string> layers;  // that give the outputs
  };

  std::filesystem::path file;
  onnx::ModelProto model;
  int input = 0;          // which one of the graph's: old files list weights, too
  io::StateDict tensors;  // small ones
  std::vector<io::OnnxPort> outputs;
  OpenCvDnnOptions options;
  std::mutex mutex;
  std::list<Prepared> prepared;  // the last used first
  bool one_by_one = false;       // a batch failed, its images did not

  // A layer is called after the node that it was made from, with words of OpenCV's version before it.
  std::string layer_of(const io::OnnxPort& output, const std::vector<std::string>& ends) const {
    if (outputs.size() == 1 && ends.size() == 1) return ends[0];
    for (const auto* name : {&output.node, &output.name})
      for (const auto& layer : ends)
        if (!name->empty() && (layer == *name || layer.ends_with("!" + *name))) return layer;
    throw Error({.what = "OpenCV dnn does not give an output of the network", .where = file.string(), .expected = output.name});
  }

  // The importer gets open sizes wrong: it is given a network for this one.
  Prepared prepare(std::vector<int> size) {
    std::string bytes;
    if (!with_fixed_size(model, input, size, tensors).SerializeToString(&bytes))
      throw Error({.what = "OpenCV dnn takes no network so large", .where = file.string()});
    Prepared out{std::move(size), cv::dnn::readNetFromONNX(bytes.data(), bytes.size()), {}};
    out.net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    const auto ends = out.net.getUnconnectedOutLayersNames();
    for (const auto& output : outputs) out.layers.push_back(layer_of(output, ends));
    return out;
  }

  Prepared& for_size(const std::vector<int>& size) {
    const auto found = std::ranges::find(prepared, size, &Prepared::size);
    if (found != prepared.end()) {
      prepared.splice(prepared.begin(), prepared, found);
    } else {
      prepared.push_front(prepare(size));
      if (prepared.size() > static_cast<std::size_t>(options.sizes)) prepared.pop_back();
    }
    return prepared.front();
  }

  NamedTensors run(const at::Tensor& batch) {
    const std::vector<int> size(batch.sizes().begin(), batch.sizes().end());
    auto& network = for_size(size);
    network.net.setInput(cv::Mat(size, CV_32F, batch.data_ptr<float>()));
    std::vector<cv::Mat> values;
    network.net.forward(values, network.layers);
    NamedTensors out;
    for (std::size_t i = 0; i < values.size(); ++i) out.push_back({outputs[i].name, to_torch(values[i])});
    return out;
  }

  NamedTensors run_one_by_one(const at::Tensor& batch) {
    std::vector<NamedTensors> images;
    for (const auto& image : batch.split(1)) images.push_back(run(image));
    NamedTensors out;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      std::vector<at::Tensor> values;
      for (const auto& image : images) values.push_back(image[i].value);
      out.push_back({outputs[i].name, at::cat(values)});
    }
    return out;
  }

  // OpenCV 4.6 misplaces constants [1, C, 1, 1] that are added to a batch, as folded batch norms before convolutions are written.
  NamedTensors run_together_or_alone(const at::Tensor& batch) {
    const bool several = batch.dim() > 0 && batch.size(0) > 1;
    if (several && one_by_one) return run_one_by_one(batch);
    try {
      return run(batch);
    } catch (const std::exception&) {
      if (!several) throw;
    }
    prepared.clear();
    auto out = run_one_by_one(batch);
    one_by_one = true;
    return out;
  }
};

OpenCvDnn::OpenCvDnn(const std::filesystem::path& onnx_file, OpenCvDnnOptions options) : state_(std::make_shared<State>()) {
  if (options.sizes < 1) throw Error({.what = "bad OpenCV dnn options", .expected = "sizes >= 1", .got = std::to_string(options.sizes)});
  state_->file = onnx_file;
  state_->options = options;
  const auto file = io::read_onnx(onnx_file);
  state_->outputs = file.outputs;
  for (const auto& [name, tensor] : file.tensors)
    if (tensor.numel() <= kLargestFoldedValue) state_->tensors.add(name, tensor);
  std::ifstream stream(onnx_file, std::ios::binary);
  if (!state_->model.ParseFromIstream(&stream) || file.inputs.size() != 1)
    throw Error({.what = "cannot load a network",
                 .where = onnx_file.string(),
                 .expected = "an ONNX file with one input",
                 .got = std::to_string(file.inputs.size())});
  const auto& inputs = state_->model.graph().input();
  state_->input = static_cast<int>(
      std::ranges::find(inputs, file.inputs[0].name, [](const onnx::ValueInfoProto& port) { return port.name(); }) - inputs.begin());
}

NamedTensors OpenCvDnn::run(const at::Tensor& batch) const {
  const auto input = batch.to(at::kCPU, at::kFloat).contiguous();
  const std::lock_guard lock(state_->mutex);
  const Silence silence;
  try {
    return state_->run_together_or_alone(input);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) throw std::bad_alloc();
    throw Error({.what = "OpenCV " CV_VERSION " does not run this network with this batch",
                 .where = state_->file.string() + ", batch " + io::detail::shape_text(input.sizes()),
                 .got = reason(error)});
  }
}

bool OpenCvDnn::available() { return true; }

}  // namespace scriba::engine

#else

namespace scriba::engine {

struct OpenCvDnn::State {};

OpenCvDnn::OpenCvDnn(const std::filesystem::path& onnx_file, OpenCvDnnOptions) {
  throw Error({.what = "cannot run " + onnx_file.string() + ": this Scriba was built without OpenCV's dnn module",
               .expected = "an OpenCV with the module dnn when Scriba is configured"});
}
NamedTensors OpenCvDnn::run(const at::Tensor&) const { return {}; }
bool OpenCvDnn::available() { return false; }

}  // namespace scriba::engine

#endif
