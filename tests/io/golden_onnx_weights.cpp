// Name tables of the reference (pp_ocr_*.json) against the published ONNX files: every tensor is found, with its shape.
#include <scriba/io/onnx_weights.hpp>

#include <doctest/doctest.h>

#include "support/golden.hpp"

namespace {

void check_table(const std::filesystem::path& table, const std::filesystem::path& model) {
  const auto file = scriba::io::read_onnx(model);
  std::vector<std::string> texts;
  std::vector<scriba::io::OnnxWeightRule> rules;
  const auto rows = golden::json(table);
  texts.reserve(2 * rows.size());
  for (const auto& row : rows) {
    const auto& onnx_name = texts.emplace_back(row[0].get<std::string>());
    const auto& parameter = texts.emplace_back(row[1].get<std::string>());
    const auto note = row[3].get<std::string>();
    using Rule = scriba::io::OnnxWeightRule;
    rules.push_back({onnx_name, parameter,
                     note.starts_with("reshape")     ? Rule::flatten
                     : note.starts_with("transpose") ? Rule::transpose
                                                     : Rule::as_is});
    CHECK(file.tensors.at(onnx_name).sizes() == row[2].get<std::vector<std::int64_t>>());
  }
  const auto weights = scriba::io::import_onnx(file, rules);
  CHECK(weights.size() == rows.size());
  for (const auto& [name, tensor] : weights) CHECK(tensor.is_contiguous());
}

}  // namespace

TEST_CASE("every parameter of the published models is found") {
  const auto tables = golden::shared() / "reference", v4 = golden::shared() / "models/ppocr_v4";
  const auto packaged = std::filesystem::path(SCRIBA_DEPS) / "rapidocr-3.10.0/rapidocr/models";
  if (golden::absent(tables) || golden::absent(packaged)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  check_table(tables / "pp_ocr_v6_det_small.json", packaged / "PP-OCRv6_det_small.onnx");
  check_table(tables / "pp_ocr_v6_rec_small.json", packaged / "PP-OCRv6_rec_small.onnx");
  check_table(tables / "pp_ocr_v2_cls.json", packaged / "ch_ppocr_mobile_v2.0_cls_mobile.onnx");
  if (golden::absent(v4)) return;
  check_table(tables / "pp_ocr_v4_det.json", v4 / "ch_PP-OCRv4_det_infer.onnx");
  check_table(tables / "pp_ocr_v4_rec.json", v4 / "ch_PP-OCRv4_rec_infer.onnx");
}
