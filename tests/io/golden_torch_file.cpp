// Every file of golden/networks/checkpoints that checkpoints.json describes, and every one that its name calls hostile or broken.
#include <scriba/io/torch_file.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <cmath>

#include "support/golden.hpp"

namespace {

using nlohmann::json;

bool near(double a, double b, double scale) { return std::abs(a - b) <= 1e-9 * (scale + std::abs(b)); }

void check_tensor(const std::string& name, const torch::Tensor& tensor, const json& want) {
  CAPTURE(name);
  CHECK(tensor.sizes() == want["shape"].get<std::vector<std::int64_t>>());
  const std::map<std::string, at::ScalarType> types{
      {"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}, {"float64", at::kDouble}, {"int64", at::kLong},
      {"int32", at::kInt},     {"int16", at::kShort},  {"int8", at::kChar},         {"uint8", at::kByte},     {"bool", at::kBool}};
  CHECK((tensor.scalar_type() == types.at(want["dtype"].get<std::string>())));
  if (want.contains("stride")) CHECK(tensor.strides() == want["stride"].get<std::vector<std::int64_t>>());
  if (want.contains("storage_offset")) CHECK(tensor.storage_offset() == want["storage_offset"].get<std::int64_t>());
  const auto flat = tensor.to(at::kDouble).contiguous().flatten();
  const auto values = flat.accessor<double, 1>();
  double sum = 0, projection = 0, scale = 0;
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    sum += values[i];
    scale += std::abs(values[i]);
    projection += values[i] * (2 * golden::uniform("proj", std::uint64_t(i)) - 1);
  }
  CHECK(near(sum, want["sum"].get<double>(), scale));
  CHECK(near(projection, want["proj"].get<double>(), scale));
  if (want.contains("values")) CHECK(flat.equal(torch::tensor(want["values"].get<std::vector<double>>(), at::kDouble)));
}

void check_tensors(const scriba::io::StateDict& weights, const json& want) {
  CHECK(weights.size() == want["tensors"].size());
  for (const auto& [name, description] : want["tensors"].items()) {
    REQUIRE_MESSAGE(weights.find(name), name);
    check_tensor(name, weights.at(name), description);
  }
  if (!want.contains("keys")) return;
  std::size_t i = 0;
  for (const auto& [name, tensor] : weights) CHECK(name == want["keys"][i++].get<std::string>());
}

void check_scalars(const scriba::io::Value& value, const json& want) {
  const auto* dict = value.get<scriba::io::Dict>();
  REQUIRE(dict);
  for (const auto& [key, number] : want.items()) {
    const auto* got = dict->find(key);
    REQUIRE_MESSAGE(got, key);
    if (number.is_number_integer()) CHECK((got->get<std::int64_t>() && *got->get<std::int64_t>() == number.get<std::int64_t>()));
    if (number.is_number_float()) CHECK((got->get<double>() && *got->get<double>() == number.get<double>()));
  }
}

}  // namespace

TEST_CASE("checkpoints of the reference") {
  const auto folder = golden::shared() / "golden/networks/checkpoints";
  if (golden::absent(folder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  std::size_t described = 0;
  for (const auto& index : golden::cases(folder, "")) {
    const auto descriptions = golden::json(index);
    for (const auto& [file, want] : descriptions.items()) {
      if (!want.is_object() || golden::absent(folder / file)) continue;
      CAPTURE(file);
      ++described;
      if (want.contains("must")) {
        CHECK_THROWS_AS(scriba::io::read_torch_file(folder / file), scriba::Error);
        continue;
      }
      const auto value = scriba::io::read_torch_file(folder / file);
      if (want.contains("top_level")) check_scalars(value, want["top_level"]);
      if (want.contains("state_dict")) check_tensors(scriba::io::state_dict_of(value), want["state_dict"]);
      if (want.contains("tensors")) check_tensors(scriba::io::state_dict_of(value), want);
      if (want.contains("entries")) CHECK(scriba::io::state_dict_of(value).size() == want["entries"].get<std::size_t>());
      if (want.contains("shared_storage")) {
        const auto weights = scriba::io::state_dict_of(value);
        for (const auto& name : want["shared_storage"])
          CHECK(weights.at(name.get<std::string>()).is_alias_of(weights.at(want["shared_storage"][0].get<std::string>())));
      }
    }
  }
  CHECK(described > 0);
}

TEST_CASE("hostile and broken files, described or not") {
  const auto folder = golden::shared() / "golden/networks/checkpoints";
  if (golden::absent(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("hostile_") || name.starts_with("broken_")) {
      CAPTURE(name);
      CHECK_THROWS_AS(scriba::io::read_torch_file(entry.path()), scriba::Error);
    }
  }
}
