#include <scriba/deploy/metadata.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <ATen/ops/empty.h>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <nlohmann/json.hpp>

namespace scriba::deploy {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& where, std::string expected, std::string got) {
  throw Error({.what = "bad metadata", .where = where, .expected = std::move(expected), .got = std::move(got)});
}

Json json_of(const io::Value& value, const std::string& where);

constexpr const char* kBase64 = "base64";
namespace base64 = boost::archive::iterators;

// RFC 4648, section 4.
std::string base64_of(const at::Tensor& bytes) {
  const auto whole = bytes.contiguous();
  const auto* begin = static_cast<const char*>(whole.const_data_ptr());
  const auto size = static_cast<std::size_t>(whole.numel());
  using Encode = base64::base64_from_binary<base64::transform_width<const char*, 6, 8>>;
  std::string out(Encode(begin), Encode(begin + size));
  out.append((3 - size % 3) % 3, '=');
  return out;
}

at::Tensor bytes_of(const std::string& text, const std::string& where) {
  const auto padding = text.size() - std::min(text.size(), text.find_last_not_of('=') + 1);
  if (text.size() % 4 != 0 || padding > 2 || std::min(text.find('='), text.size()) < text.size() - padding)
    fail(where, "bytes in base64", std::to_string(text.size()) + " characters");
  std::string padded = text;
  std::fill(padded.end() - static_cast<std::ptrdiff_t>(padding), padded.end(), 'A');
  using Decode = base64::transform_width<base64::binary_from_base64<std::string::const_iterator>, 8, 6>;
  std::string bytes;
  try {
    bytes.assign(Decode(padded.cbegin()), Decode(padded.cend()));
  } catch (const base64::dataflow_exception& error) {
    fail(where, "bytes in base64", error.what());
  }
  bytes.resize(bytes.size() - padding);
  auto out = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  std::memcpy(out.data_ptr(), bytes.data(), bytes.size());
  return out;
}

Json json_of(const io::List& list, const std::string& where) {
  Json out = Json::array();
  for (const auto& item : list) out.push_back(json_of(item, where));
  return out;
}

Json json_of(const io::Dict& dict, const std::string& where) {
  Json out = Json::object();
  for (const auto& [key, value] : dict.entries) {
    const auto* name = key.get<std::string>();
    if (!name) fail(where, "texts as keys", key.type_name());
    out[*name] = json_of(value, where.empty() ? *name : where + ", " + *name);
  }
  return out;
}

Json json_of(const io::Value& value, const std::string& where) {
  if (value.none()) return nullptr;
  if (const auto* flag = value.get<bool>()) return *flag;
  if (const auto* integer = value.get<std::int64_t>()) return *integer;
  if (const auto* text = value.get<std::string>()) return *text;
  if (const auto* list = value.get<io::List>()) return json_of(*list, where);
  if (const auto* tuple = value.get<io::Tuple>()) return json_of(tuple->items, where);
  if (const auto* dict = value.get<io::Dict>()) return json_of(*dict, where);
  if (const auto* tensor = value.get<at::Tensor>(); tensor && tensor->scalar_type() == at::kByte && tensor->dim() == 1)
    return {{kBase64, base64_of(*tensor)}};
  const auto* number = value.get<double>();
  if (!number) fail(where, "a plain value", value.type_name());
  if (!std::isfinite(*number)) fail(where, "a finite number", std::to_string(*number));
  return *number;
}

// Settings nest a few levels; a file may nest until the stack ends.
constexpr int kDeepest = 32;

io::Value value_of(const Json& json, const std::string& where, int depth = 0) {
  if (depth > kDeepest) fail(where, "at most " + std::to_string(kDeepest) + " levels", "more");
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return json.get<std::int64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return json.get<std::string>();
    case Json::value_t::array: {
      io::List list;
      for (const auto& item : json) list.push_back(value_of(item, where, depth + 1));
      return list;
    }
    case Json::value_t::object: {
      if (json.size() == 1 && json.contains(kBase64) && json[kBase64].is_string())
        return bytes_of(json[kBase64].get_ref<const std::string&>(), where);
      io::Dict dict;
      for (const auto& [key, item] : json.items()) dict.set(key, value_of(item, where, depth + 1));
      return dict;
    }
    default:
      return {};
  }
}

}  // namespace

std::string to_json(const io::Record& record) {
  try {
    return json_of(record.dict(), "").dump();
  } catch (const Json::exception& error) {
    fail("", "texts in UTF-8", error.what());
  }
}

io::Record record_from_json(std::string_view json, const std::string& where) {
  const auto parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) fail(where, "a JSON object", std::string(json.substr(0, 60)));
  const auto value = value_of(parsed, where);
  const auto* dict = value.get<io::Dict>();
  if (!dict) fail(where, "a JSON object", "bytes");
  return io::Record(*dict, where);
}

const std::string& require(const Metadata& metadata, const char* key, const std::string& file) {
  if (const auto version = metadata.find(kVersionKey); version != metadata.end() && version->second != std::to_string(kMetadataVersion))
    fail(file, "metadata of version " + std::to_string(kMetadataVersion), version->second + " (update Scriba)");
  const auto found = metadata.find(key);
  if (found == metadata.end())
    throw Error({.what = "this file does not say how it is to be used",
                 .where = file,
                 .expected = std::string(key) + " in its metadata, as Scriba writes it, or settings given by hand",
                 .got = "none"});
  return found->second;
}

}  // namespace scriba::deploy
