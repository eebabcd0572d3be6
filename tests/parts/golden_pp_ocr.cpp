// The five PP-OCR networks with their published weights: against reference values, and against OpenVINO on the same files.
#include <scriba/engine/openvino.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/pretrained.hpp>

#include "support/tensors.hpp"

using namespace scriba;

namespace {

struct Folders {
  golden::fs::path values = golden::shared() / "golden" / "pp_ocr";
  golden::fs::path v6 = golden::fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0" / "rapidocr" / "models";
  golden::fs::path v4 = golden::shared() / "models" / "ppocr_v4";
};

template <class Model>
void check_against_openvino(const Model& model, const golden::fs::path& file, std::vector<std::vector<std::int64_t>> shapes) {
  if (!engine::OpenVino::available()) return;
  const engine::OpenVino openvino(file, {.threads = 2});
  const torch::NoGradGuard no_gradients;
  for (const auto& shape : shapes) {
    torch::manual_seed(17);
    const auto batch = at::rand(shape) * 2 - 1;
    INFO(file.filename().string(), " ", shape[0], "x", shape[2], "x", shape[3]);
    const auto expected = openvino.run(batch).at(0).value;
    const auto got = named_tensors(model.forward(batch)).at(0).value;
    CHECK(golden::largest_difference(got, expected) < 1e-4);
    const auto channels_last = named_tensors(model.forward(batch.contiguous(at::MemoryFormat::ChannelsLast))).at(0).value;
    CHECK(golden::largest_difference(channels_last, expected) < 1e-4);
  }
}

// Outputs to 1e-4, maps inside to 1e-5 of their largest value plus 1e-4.
template <class Model>
void check_against_values(Model& model, const golden::fs::path& file) {
  if (golden::absent(file)) return;
  const auto values = golden::tensors(file);
  const torch::NoGradGuard no_gradients;
  const auto input = values.at("input");
  const auto close = [](const at::Tensor& got, const at::Tensor& expected) {
    return golden::largest_difference(got, expected) < 1e-4 + 1e-5 * expected.abs().max().item<double>();
  };
  const auto levels = model.backbone()->forward(input);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const auto name = levels.size() == 1 ? std::string("backbone") : "backbone_" + std::to_string(i);
    if (values.contains(name)) CHECK_MESSAGE(close(levels[i], values.at(name)), name);
  }
  if (values.contains("neck")) {
    auto neck = model.neck()->forward(levels)[0];
    if (values.at("neck").dim() == 3) neck = neck.flatten(2).transpose(1, 2);
    CHECK_MESSAGE(close(neck, values.at("neck")), "neck");
  }
  CHECK(golden::largest_difference(named_tensors(model.forward(input)).at(0).value, values.at("output")) < 1e-4);
  if (values.contains("wide_input")) {
    const auto wide = named_tensors(model.forward(values.at("wide_input"))).at(0).value;
    const auto [probability, index] = wide.max(2);
    CHECK(index.to(at::kLong).equal(values.at("wide_index").to(at::kLong)));
    CHECK(golden::largest_difference(probability, values.at("wide_probability")) < 1e-4);
  }
}

}  // namespace

TEST_CASE("PP-OCRv6 small detector") {
  const Folders f;
  const auto file = f.v6 / zoo::kPpOcrV6DetectorFile;
  if (golden::absent(file)) return;
  const auto model = zoo::import_pp_ocr<zoo::PpOcrV6Detector>(io::read_onnx(file), zoo::pp_ocr_detector_options());
  check_against_values(*model, f.values / "v6_det_small.pt");
  check_against_openvino(*model, file, {{1, 3, 64, 96}, {2, 3, 160, 224}});
}

TEST_CASE("PP-OCRv6 small recogniser") {
  const Folders f;
  const auto file = f.v6 / zoo::kPpOcrV6RecognizerFile;
  if (golden::absent(file)) return;
  const auto onnx = io::read_onnx(file);
  const auto alphabet = zoo::pp_ocr_alphabet(onnx);
  CHECK(alphabet.classes() == 18'710);
  CHECK(alphabet.class_of("0") == 33);
  CHECK(alphabet.class_of("A") == 43);
  CHECK(alphabet.class_of("a") == 69);
  CHECK(alphabet.class_of("\u3000") == 1749);
  CHECK(alphabet.class_of(" ") == 18'709);
  const auto model = zoo::import_pp_ocr<zoo::PpOcrV6Recognizer>(onnx, zoo::pp_ocr_recognizer_options(alphabet));
  check_against_values(*model, f.values / "v6_rec_small.pt");
  check_against_openvino(*model, file, {{1, 3, 48, 160}, {2, 3, 48, 328}});
}

TEST_CASE("direction classifier") {
  const Folders f;
  const auto file = f.v6 / zoo::kPpOcrV2DirectionFile;
  if (golden::absent(file)) return;
  const auto model = zoo::import_pp_ocr<zoo::PpOcrV2Direction>(io::read_onnx(file), zoo::pp_ocr_direction_options());
  check_against_values(*model, f.values / "v2_cls.pt");
  check_against_openvino(*model, file, {{1, 3, 48, 192}, {2, 3, 48, 160}});
}

TEST_CASE("PP-OCRv4 mobile detector") {
  const Folders f;
  const auto file = f.v4 / "ch_PP-OCRv4_det_infer.onnx";
  if (golden::absent(file)) return;
  const auto model = zoo::import_pp_ocr<zoo::PpOcrV4Detector>(io::read_onnx(file), zoo::pp_ocr_detector_options<zoo::PpOcrV4Detector>());
  check_against_values(*model, f.values / "v4_det.pt");
  check_against_openvino(*model, file, {{1, 3, 64, 96}, {2, 3, 160, 224}});
}

TEST_CASE("PP-OCRv4 mobile recogniser") {
  const Folders f;
  const auto file = f.v4 / "ch_PP-OCRv4_rec_infer.onnx";
  if (golden::absent(file)) return;
  const auto onnx = io::read_onnx(file);
  const auto alphabet = Alphabet::from_file(f.v4 / "ppocr_keys_v1.txt", /*space_last=*/true);
  const auto model = zoo::import_pp_ocr<zoo::PpOcrV4Recognizer>(onnx, zoo::pp_ocr_recognizer_options<zoo::PpOcrV4Recognizer>(alphabet));
  check_against_values(*model, f.values / "v4_rec.pt");
  check_against_openvino(*model, file, {{1, 3, 48, 160}, {2, 3, 48, 328}});
}

TEST_CASE("a file of another network is refused in one line") {
  const Folders f;
  const auto file = f.v6 / zoo::kPpOcrV2DirectionFile;
  if (golden::absent(file)) return;
  CHECK_THROWS_AS(zoo::import_pp_ocr<zoo::PpOcrV6Detector>(io::read_onnx(file), zoo::pp_ocr_detector_options()), Error);
  CHECK_THROWS_WITH_AS(zoo::pp_ocr_alphabet(io::read_onnx(file)), doctest::Contains("no alphabet"), Error);
}
