// Networks for phones by ncnn: our files, converted by its own converter, compute what the networks compute. Needs a Python with pnnx and
// ncnn: SCRIBA_PYTHON, else python3.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <c10/util/StringUtil.h>
#include <scriba/deploy/write_onnx.hpp>
#include <scriba/zoo/pretrained.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"

using namespace scriba;
using deploy_tests::Sizes;

namespace {

namespace fs = std::filesystem;

bool run_python(const std::string& arguments, const fs::path& log) {
  const char* set = std::getenv("SCRIBA_PYTHON");
  const std::string python = set && *set ? set : "python3";
  return std::system(("\"" + python + "\" \"" SCRIBA_SOURCE "/tests/deploy/by_ncnn.py\" " + arguments + " > \"" + log.string() + "\" 2>&1")
                         .c_str()) == 0;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The largest difference of ncnn from the network, over sizes of which pnnx sees the first two; probabilities, so 0..1.
double ncnn_difference(const TemporaryFolder& folder, const std::string& file,
                       const std::function<NamedTensors(const at::Tensor&)>& forward, const std::vector<Sizes>& sizes) {
  const torch::NoGradGuard no_gradients;
  std::string arguments = "\"" + (folder / file).string() + "\"";
  std::vector<at::Tensor> expected;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto image = torch::rand(sizes[i]);
    expected.push_back(forward(image).at(0).value.contiguous());
    std::ofstream(folder / ("in" + std::to_string(i) + ".bin"), std::ios::binary)
        .write(static_cast<const char*>(image.data_ptr()), static_cast<std::streamsize>(image.nbytes()));
    arguments += c10::str(" ", sizes[i][1], "x", sizes[i][2], "x", sizes[i][3]);
  }
  const bool ran = run_python(arguments, folder / "log.txt");
  REQUIRE_MESSAGE(ran, content(folder / "log.txt"));
  double largest = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    auto bytes = content(folder / ("out" + std::to_string(i) + ".bin"));
    REQUIRE(bytes.size() == expected[i].nbytes());
    const auto got = torch::from_blob(bytes.data(), expected[i].sizes(), torch::kFloat);
    // Not all the same: what is equal to anything is no test.
    CHECK((expected[i].max() - expected[i].min()).item<double>() > 1e-6);
    largest = deploy_tests::worse(largest, (got - expected[i]).abs().max().item<double>());
  }
  return largest;
}

const std::vector<Sizes> kPages{{1, 3, 64, 64}, {1, 3, 128, 192}, {1, 3, 96, 160}},
    kLines{{1, 3, 48, 160}, {1, 3, 48, 320}, {1, 3, 48, 104}};

bool no_ncnn() {
  static const bool there = [] {
    const TemporaryFolder folder;
    return run_python("", folder / "log.txt");
  }();
  if (!there) MESSAGE("skipped: all of this file (no Python with pnnx and ncnn: set SCRIBA_PYTHON)");
  return !there;
}

double onnx_difference(const deploy::Traced& traced, const std::function<NamedTensors(const at::Tensor&)>& forward,
                       const std::vector<Sizes>& sizes) {
  const TemporaryFolder folder;
  deploy::write_onnx(folder / "net.onnx", traced);
  return ncnn_difference(folder, "net.onnx", forward, sizes);
}

// Detectors also go by TorchScript. Recognisers do not: what pnnx makes of their attention and LSTMs there, ncnn does not know.
void require_detector(const std::string& name, const deploy::Traced& traced,
                      const std::function<NamedTensors(const at::Tensor&)>& forward) {
  const double onnx = onnx_difference(traced, forward, kPages);
  const TemporaryFolder folder;
  deploy::save_torchscript(folder / "net.pt", traced);
  const double script = ncnn_difference(folder, "net.pt", forward, kPages);
  MESSAGE(name << ": ncnn differs by at most " << onnx << ", by way of TorchScript " << script);
  CHECK(onnx < 1e-4);
  CHECK(script < 1e-4);
}

void require_recognizer(const std::string& name, const deploy::Traced& traced,
                        const std::function<NamedTensors(const at::Tensor&)>& forward, const std::vector<Sizes>& sizes) {
  const double onnx = onnx_difference(traced, forward, sizes);
  MESSAGE(name << ": ncnn differs by at most " << onnx);
  CHECK(onnx < 1e-3);
}

}  // namespace

TEST_CASE("the pretrained networks") {
  if (no_ncnn()) return;
  const fs::path models = fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0/rapidocr/models";
  if (fs::exists(models / zoo::kPpOcrV6DetectorFile)) {
    const auto detector = zoo::finished_detector("pp-ocr-v6", models / zoo::kPpOcrV6DetectorFile);
    require_detector("PP-OCRv6 small, detector", detector.trace(torch::rand({1, 3, 64, 64})), detector.forward);
    const auto lines = zoo::finished_recognizer("pp-ocr-v6", models / zoo::kPpOcrV6RecognizerFile);
    require_recognizer("PP-OCRv6 small, recogniser", lines.trace(torch::rand({1, 3, 48, 160})), lines.forward, kLines);
  }
  const auto words = zoo::finished_recognizer("pp-ocr-v6", fs::path(SCRIBA_SOURCE) / "models" / zoo::kWordRecognizerFile);
  require_recognizer("its recogniser for words", words.trace(torch::rand({1, 3, 48, 160})), words.forward, kLines);
}

TEST_CASE("small networks of the zoo") {
  if (no_ncnn()) return;
  auto pages = deploy_tests::detector("db-mobilenet-v3-small");
  pages.fold();
  require_detector("DB MobileNetV3 small", pages.traced(), pages.forward);
  auto lines = deploy_tests::recognizer("crnn-mobilenet-v3-small");
  lines.fold();
  const auto planes = lines.example[1], height = lines.example[2];
  require_recognizer("CRNN MobileNetV3 small", lines.traced(), lines.forward,
                     {{1, planes, height, 96}, {1, planes, height, 320}, {1, planes, height, 160}});
}
