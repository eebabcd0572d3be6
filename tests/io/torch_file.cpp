#include <scriba/io/torch_file.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include "io/checkpoint_bytes.hpp"
#include "io/temporary_folder.hpp"

namespace {

using namespace checkpoint;
using scriba::io::Bytes;
using scriba::io::Dict;
using scriba::io::List;
using scriba::io::StateDict;
using scriba::io::Tuple;
using scriba::io::Value;

Value read(const std::string& content) {
  const TemporaryFolder folder;
  return scriba::io::read_torch_file(folder.file("file.pth", content));
}

/// One object, out of a zip file.
Value object(const std::string& body) { return read(zip_of(body)); }

torch::Tensor tensor_at(const Value& value, const char* key) { return *value.get<Dict>()->find(key)->get<at::Tensor>(); }

const std::string kOrderedDict = call(global("collections", "OrderedDict"), "");

}  // namespace

TEST_CASE("plain values") {
  CHECK(object("N").none());
  CHECK(*object("\x88").get<bool>());
  CHECK(*object("K\x05").get<std::int64_t>() == 5);
  CHECK(*object(integer(-5)).get<std::int64_t>() == -5);
  CHECK(*object("\x8a\x06" + std::string("\0\0\0\0\0\x01", 6)).get<std::int64_t>() == (std::int64_t{1} << 40));
  CHECK(*object("\x8a\x02" + std::string("\x00\xff", 2)).get<std::int64_t>() == -256);
  CHECK(*object(std::string("\x8a\x00", 2)).get<std::int64_t>() == 0);
  CHECK(*object("\x8a\x09" + std::string("\0\0\0\0\0\0\0\0\x01", 9)).get<double>() == 0x1p64);
  CHECK(*object("G" + std::string("\x3f\xb9\x99\x99\x99\x99\x99\x9a", 8)).get<double>() == 0.1);
  CHECK(*object(text("文字")).get<std::string>() == "文字");
  CHECK(*object("U\x02"
                "ab")
             .get<std::string>() == "ab");
  CHECK(object("C\x02"
               "ab")
            .get<Bytes>()
            ->data == "ab");
  CHECK(object(call(global("_codecs", "encode"), text("\u00ff\u0000a") + text("latin1"))).get<Bytes>()->data == "\xff");
  CHECK(*object(call(global("torch", "device"), text("cuda") + integer(1))).get<std::string>() == "cuda:1");
  CHECK(*object(global("torch", "float16")).get<std::string>() == "torch.float16");
  CHECK(object(call(global("torch", "Size"), tuple(integer(2) + integer(3)))).get<Tuple>()->items.size() == 2);
  const std::string f8 = call(global("numpy", "dtype"), text("f8") + "\x89\x88") + tuple(integer(3) + text("<") + "NNN") + "b";
  CHECK(*object(call(global("numpy.core.multiarray", "scalar"), f8 + "C\x08" + number(0.75))).get<double>() == 0.75);
}

TEST_CASE("containers keep their order, and a key set twice its last value") {
  const auto value = object(dict(text("b") + integer(1) + text("a") + integer(2) + text("b") + integer(3)));
  const auto& entries = value.get<Dict>()->entries;
  REQUIRE(entries.size() == 2);
  CHECK(*entries[0].first.get<std::string>() == "b");
  CHECK(*entries[0].second.get<std::int64_t>() == 3);

  CHECK(object("](" + integer(1) + integer(2) + "e").get<List>()->size() == 2);
  CHECK(object("]" + integer(1) + "a").get<List>()->size() == 1);
  CHECK(object("}" + integer(1) + integer(2) + "s").get<Dict>()->size() == 1);
  CHECK(object("(" + integer(1) + integer(2) + "d").get<Dict>()->size() == 1);
  CHECK(object(call(global("__builtin__", "set"), "](" + integer(1) + "e")).get<List>()->size() == 1);
  CHECK(object(call(global("collections", "Counter"), dict(integer(3) + integer(1)))).get<Dict>()->size() == 1);
  CHECK(object(kOrderedDict + "(" + text("a") + integer(1) + "u" + dict(text("_metadata") + kOrderedDict) + "b").get<Dict>()->size() == 1);
  // Remembered before it was filled: the same object, as in Python.
  CHECK(object("]q\x01" + tuple("h\x01h\x01") + "h\x01" + integer(7) + "a0").get<Tuple>()->items[0].get<List>()->size() == 1);
}

TEST_CASE("tensors of both forms keep strides and shared storages") {
  const std::string two = integer(2), three = integer(3), one = integer(1);
  const std::string body = dict(text("base") + tensor("FloatStorage", "0", 6, 0, two + three, three + one) + text("transposed") +
                                tensor("FloatStorage", "0", 6, 0, three + two, one + three) + text("slice") +
                                tensor("FloatStorage", "0", 6, 1, two, three) + text("scalar") + tensor("FloatStorage", "0", 6, 5, "", "") +
                                text("expanded") + tensor("FloatStorage", "0", 6, 4, two + three, integer(0) + integer(0)) + text("empty") +
                                tensor("FloatStorage", "1", 0, 0, integer(0) + three, three + one));
  const auto data = floats({0, 1, 2, 3, 4, 5});
  for (const auto& value : {read(zip_of(body, {data, ""})), read(legacy(body, {{"0", 6, data}, {"1", 0, ""}}))}) {
    const auto base = tensor_at(value, "base");
    CHECK(torch::equal(base, torch::arange(6, torch::kFloat).reshape({2, 3})));
    CHECK(torch::equal(tensor_at(value, "transposed"), base.t()));
    CHECK(tensor_at(value, "transposed").strides() == at::IntArrayRef{1, 3});
    CHECK(torch::equal(tensor_at(value, "slice"), torch::tensor({1.f, 4.f})));
    CHECK(tensor_at(value, "scalar").item<float>() == 5);
    CHECK(torch::equal(tensor_at(value, "expanded"), torch::full({2, 3}, 4.f)));
    CHECK(tensor_at(value, "empty").sizes() == at::IntArrayRef{0, 3});
    base[1][2].fill_(9);
    CHECK(tensor_at(value, "scalar").item<float>() == 9);
  }
}

TEST_CASE("a part of a storage, as old files have it") {
  const std::string view = tuple(text("7") + integer(2) + integer(3));
  const auto value = read(legacy(tensor("FloatStorage", "0", 6, 1, integer(2), integer(1), view), {{"0", 6, floats({0, 1, 2, 3, 4, 5})}}));
  CHECK(torch::equal(*value.get<at::Tensor>(), torch::tensor({3.f, 4.f})));
}

TEST_CASE("parameters and other rebuild functions") {
  const auto plain = tensor("LongStorage", "0", 2, 0, integer(2), integer(1));
  const auto bytes = number(std::int64_t{3}) + number(std::int64_t{-4});
  const auto parameter = call(global("torch._utils", "_rebuild_parameter"), plain + "\x88" + kOrderedDict);
  const auto value = read(zip_of(parameter, {bytes}));
  CHECK(torch::equal(*value.get<at::Tensor>(), torch::tensor({3, -4}, torch::kLong)));
  CHECK_FALSE(value.get<at::Tensor>()->requires_grad());

  const std::string id = tuple(text("storage") + global("torch.storage", "UntypedStorage") + text("0") + text("cpu") + integer(16)) + "Q";
  const auto v3 = call(global("torch._utils", "_rebuild_tensor_v3"),
                       id + integer(1) + tuple(integer(3)) + tuple(integer(1)) + "\x89" + kOrderedDict + global("torch", "int32"));
  CHECK(read(zip_of(v3, {bytes})).get<at::Tensor>()->sizes() == at::IntArrayRef{3});
  CHECK(read(zip_of(id, {bytes})).get<at::Tensor>()->sizes() == at::IntArrayRef{16});
}

TEST_CASE("weights are found in what training programs save") {
  const auto one = [](float value) { return Value(torch::full({1}, value)); };
  Dict bare;
  bare.set("conv.weight", one(1));
  bare.set("conv.bias", one(2));
  Dict wrapped;
  wrapped.set("module.conv.weight", one(1));
  Dict checkpoint;
  checkpoint.set("epoch", 3);
  checkpoint.set("state_dict", bare);
  Dict nested;
  nested.set("model", checkpoint);
  Dict half_wrapped = bare;
  half_wrapped.set("module.conv.scale", one(3));

  using scriba::io::state_dict_of;
  CHECK(state_dict_of(bare).size() == 2);
  CHECK(state_dict_of(bare).begin()->first == "conv.weight");
  CHECK(state_dict_of(wrapped).begin()->first == "conv.weight");
  CHECK(state_dict_of(checkpoint).size() == 2);
  CHECK(state_dict_of(nested).size() == 2);
  CHECK(state_dict_of(half_wrapped).find("module.conv.scale"));
  for (const Value& none : {Value(3), Value(Dict{}), Value(List{Value(bare)})}) CHECK_THROWS_AS(state_dict_of(none), scriba::Error);
  Dict mixed = bare;
  mixed.set("epoch", 3);
  CHECK_THROWS_WITH_AS(state_dict_of(mixed), doctest::Contains("dict with conv.weight conv.bias epoch"), scriba::Error);

  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(scriba::io::read_state_dict(folder.file("numbers.pth", zip_of(integer(3)))), doctest::Contains("numbers.pth"),
                       scriba::Error);
}

TEST_CASE("what is written is read again") {
  const TemporaryFolder folder;
  StateDict weights;
  for (const auto type : {torch::kFloat, torch::kHalf, torch::kBFloat16, torch::kDouble, torch::kLong, torch::kInt, torch::kShort,
                          torch::kChar, torch::kByte, torch::kBool})
    weights.add(std::string("a.") + c10::toString(type), torch::arange(6).reshape({2, 3}).to(type));
  const auto tied = torch::rand({3, 4});
  weights.add("tied", tied);
  weights.add("tied.again", tied);
  weights.add("transposed", tied.t());
  weights.add("scalar", torch::tensor(2.5));
  weights.add("empty", torch::zeros({0, 3}));
  weights.add("parameter", torch::rand({2}, torch::requires_grad()));

  Dict thresholds;
  thresholds.set("box", 0.6);
  Dict metadata;
  metadata.set("architecture", "Detector");
  metadata.set("alphabet", Value(std::vector<std::string>{"a", "é", "文"}));
  metadata.set("mean", List{0.485, 0.456, 1});
  metadata.set("version", std::int64_t{1} << 40);
  metadata.set("negative", -1);
  metadata.set("flag", true);
  metadata.set("none", Value());
  metadata.set("size", Tuple{{32, 100}});
  metadata.set("thresholds", thresholds);
  metadata.set("anchor", torch::ones({2}));

  const auto path = folder / "model.pt";
  scriba::io::write_torch_file(path, weights, metadata);
  const auto value = scriba::io::read_torch_file(path);
  const auto again = scriba::io::state_dict_of(value);
  REQUIRE(again.size() == weights.size());
  for (auto a = weights.begin(), b = again.begin(); a != weights.end(); ++a, ++b) {
    CHECK(a->first == b->first);
    CHECK((a->second.scalar_type() == b->second.scalar_type()));
    CHECK(torch::equal(a->second, b->second));
  }
  CHECK(again.at("tied").data_ptr() == again.at("tied.again").data_ptr());
  CHECK(again.at("tied").data_ptr() != again.at("transposed").data_ptr());

  const auto& read = *value.get<Dict>()->find("metadata")->get<Dict>();
  CHECK(read.size() == metadata.size());
  CHECK(*read.find("architecture")->get<std::string>() == "Detector");
  CHECK(*read.find("alphabet")->get<List>()->at(2).get<std::string>() == "文");
  CHECK(*read.find("mean")->get<List>()->at(0).get<double>() == 0.485);
  CHECK(*read.find("version")->get<std::int64_t>() == std::int64_t{1} << 40);
  CHECK(*read.find("negative")->get<std::int64_t>() == -1);
  CHECK(*read.find("flag")->get<bool>());
  CHECK(read.find("none")->none());
  CHECK(read.find("size")->get<Tuple>()->items.size() == 2);
  CHECK(*read.find("thresholds")->get<Dict>()->find("box")->get<double>() == 0.6);
  CHECK(torch::equal(*read.find("anchor")->get<at::Tensor>(), torch::ones({2})));

  SUBCASE("the same input gives the same bytes") {
    scriba::io::write_torch_file(folder / "again.pt", weights, metadata);
    const auto content = [](const auto& file) {
      std::ifstream stream(file, std::ios::binary);
      return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    CHECK(content(path) == content(folder / "again.pt"));
  }
  SUBCASE("a failed write leaves the old file and nothing else") {
    metadata.set("bytes", Bytes{"ab"});
    CHECK_THROWS_AS(scriba::io::write_torch_file(path, StateDict{}, metadata), scriba::Error);
    CHECK(scriba::io::read_state_dict(path).size() == weights.size());
    std::filesystem::create_directory(folder / "folder");
    CHECK_THROWS_AS(scriba::io::write_torch_file(folder / "folder", weights, {}), scriba::Error);
    CHECK_THROWS_AS(scriba::io::write_torch_file(folder / "none/model.pt", weights, {}), scriba::Error);
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "."), {}) == 2);
  }
}
