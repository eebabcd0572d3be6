#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include <scriba/deploy/metadata.hpp>
#include "support/error_message.hpp"

using namespace scriba;

namespace {

// The least that metadata_of and read_settings need of a model.
struct Settings {
  DetectorInput input = {};
  postprocess::DbBoxesOptions postprocess = {};
};
struct Model {
  Settings settings;
  const Settings& options() const { return settings; }
};

}  // namespace

TEST_CASE("a record comes back from JSON as it was") {
  io::Record inner, record;
  inner.set("characters", io::Value(std::vector<std::string>{"a", "\xC3\xA9", "\"", "\\"})).set("blank_first", true);
  record.set("alphabet", inner.dict()).set("side", 736).set("mean", io::List{0.5, 1e-20, -3.25}).set("none", io::Value());
  const auto back = deploy::record_from_json(deploy::to_json(record), "file");
  CHECK(back.record("alphabet").texts("characters") == std::vector<std::string>{"a", "\xC3\xA9", "\"", "\\"});
  CHECK(back.record("alphabet").flag("blank_first"));
  CHECK(back.integer("side") == 736);
  CHECK(back.numbers("mean") == std::vector<double>{0.5, 1e-20, -3.25});
  CHECK(back.dict().find("none")->none());
  CHECK(deploy::to_json(back) == deploy::to_json(record));
}

TEST_CASE("what JSON cannot say is an error") {
  io::Record record;
  record.set("x", std::numeric_limits<double>::infinity());
  CHECK(message([&] { deploy::to_json(record); }) == "bad metadata: x: expected a finite number, got inf");
  CHECK(message([] { deploy::record_from_json("[1, 2]", "a.onnx"); }) == "bad metadata: a.onnx: expected a JSON object, got [1, 2]");
  CHECK(message([] { deploy::record_from_json("{\"a\": ", "a.onnx"); }).starts_with("bad metadata: a.onnx: expected a JSON object"));
  const std::string deep = "{\"a\": " + std::string(5000, '[') + std::string(5000, ']') + "}";
  CHECK(message([&] { deploy::record_from_json(deep, "a.onnx"); }) == "bad metadata: a.onnx: expected at most 32 levels, got more");
}

TEST_CASE("bytes go through JSON as base64") {
  const auto text_of = [](const std::string& bytes) {
    io::Record record;
    record.set("x", at::tensor(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), at::kByte));
    return deploy::to_json(record);
  };
  CHECK(text_of("foobar") == R"({"x":{"base64":"Zm9vYmFy"}})");  // RFC 4648, section 10
  CHECK(text_of("fooba") == R"({"x":{"base64":"Zm9vYmE="}})");
  CHECK(text_of("foob") == R"({"x":{"base64":"Zm9vYg=="}})");
  CHECK(text_of("") == R"({"x":{"base64":""}})");
  for (const std::string bytes : {"", "f", "fo", "foo", "\x01\xff\x80z"}) {
    const auto record = deploy::record_from_json(text_of(bytes), "a.onnx");
    const auto& tensor = *record.dict().find("x")->get<at::Tensor>();
    CHECK(std::string(static_cast<const char*>(tensor.const_data_ptr()), static_cast<std::size_t>(tensor.numel())) == bytes);
  }
  for (const char* bad : {"Zm9", "Z===", "====", "Zm9v!mFy", "Z=9v"})
    CHECK_MESSAGE(message([&] {
                    deploy::record_from_json(std::string(R"({"x": {"base64": ")") + bad + "\"}}", "a.onnx");
                  }).starts_with("bad metadata: a.onnx: expected bytes in base64"),
                  bad);
  CHECK(message([&] { deploy::record_from_json(R"({"base64": ""})", "a.onnx"); }) ==
        "bad metadata: a.onnx: expected a JSON object, got bytes");
}

TEST_CASE("settings of a model come back from its metadata") {
  Model model;
  model.settings.input.resize.side = 1024;
  model.settings.input.normalization.mean = {0.1, 0.2, 0.3};
  model.settings.postprocess.threshold = 0.25f;
  model.settings.postprocess.shape = postprocess::RegionShape::polygon;
  const auto metadata = deploy::metadata_of(model, "my-detector");
  CHECK(metadata.at(deploy::kArchitectureKey) == "my-detector");
  CHECK(metadata.at(deploy::kPostprocessKey) == "DbBoxes");
  Settings back;
  deploy::read_settings(metadata, "a.onnx", back);
  CHECK(back.input.resize.side == 1024);
  CHECK(back.input.normalization.mean == model.settings.input.normalization.mean);
  CHECK(back.postprocess.threshold == 0.25f);
  CHECK(back.postprocess.shape == postprocess::RegionShape::polygon);
}

TEST_CASE("metadata of other files are refused in one sentence") {
  Settings settings;
  CHECK(message([&] { deploy::read_settings({}, "a.onnx", settings); }) ==
        "this file does not say how it is to be used: a.onnx: expected scriba.settings in its metadata, as Scriba writes it, or settings "
        "given by hand, got none");
  auto metadata = deploy::metadata_of(Model(), "my-detector");
  metadata[deploy::kVersionKey] = "2";
  CHECK(message([&] { deploy::read_settings(metadata, "a.onnx", settings); }) ==
        "bad metadata: a.onnx: expected metadata of version 1, got 2 (update Scriba)");
  metadata[deploy::kVersionKey] = "1";
  metadata[deploy::kSettingsKey] = R"({"input": {}})";
  CHECK(message([&] { deploy::read_settings(metadata, "a.onnx", settings); }).find("a.onnx, input, key resize") != std::string::npos);
}
