#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/io/torch_file.hpp>

namespace scriba::io {

/// Named values in order, with getters that throw an Error naming the key when it is missing or of another type.
///
/// What a model has to know besides its weights: preprocessing, alphabet, thresholds. Records nest, by set(key, other.dict()).
class Record {
 public:
  Record() = default;
  /// `where` names the record in errors: "det.pt, preprocessing".
  explicit Record(Dict dict, std::string where = {}) : dict_(std::move(dict)), where_(std::move(where)) {}

  Record& set(std::string key, Value value) {
    dict_.set(std::move(key), std::move(value));
    return *this;
  }
  bool has(std::string_view key) const { return dict_.find(key) != nullptr; }
  const Dict& dict() const { return dict_; }

  const std::string& text(std::string_view key) const { return get<std::string>(key, "a text"); }
  bool flag(std::string_view key) const { return get<bool>(key, "true or false"); }
  std::int64_t integer(std::string_view key) const { return get<std::int64_t>(key, "an integer"); }
  /// Any number: an integer counts.
  double number(std::string_view key) const { return number_of(at(key), key); }
  std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> out;
    for (const auto& item : list(key)) {
      const auto* value = item.get<std::string>();
      if (!value) fail(key, "a list of texts", item.type_name());
      out.push_back(*value);
    }
    return out;
  }
  std::vector<double> numbers(std::string_view key) const {
    std::vector<double> out;
    for (const auto& item : list(key)) out.push_back(number_of(item, key));
    return out;
  }
  Record record(std::string_view key) const {
    return Record(get<Dict>(key, "a record"), (where_.empty() ? "" : where_ + ", ") + std::string(key));
  }

  [[noreturn]] void fail(std::string_view key, std::string expected, std::string got) const {
    throw Error({.what = "bad metadata",
                 .where = (where_.empty() ? "" : where_ + ", ") + "key " + std::string(key),
                 .expected = std::move(expected),
                 .got = std::move(got)});
  }

 private:
  const Value& at(std::string_view key) const {
    const auto* value = dict_.find(key);
    if (!value) fail(key, "a value", "none");
    return *value;
  }
  template <class T>
  const T& get(std::string_view key, const char* expected) const {
    const auto& value = at(key);
    if (const auto* found = value.get<T>()) return *found;
    fail(key, expected, value.type_name());
  }
  const List& list(std::string_view key) const {
    const auto& value = at(key);
    if (const auto* tuple = value.get<Tuple>()) return tuple->items;
    if (const auto* found = value.get<List>()) return *found;
    fail(key, "a list", value.type_name());
  }
  double number_of(const Value& value, std::string_view key) const {
    if (const auto* integer = value.get<std::int64_t>()) return static_cast<double>(*integer);
    if (const auto* real = value.get<double>()) return *real;
    fail(key, "a number", value.type_name());
  }

  Dict dict_;
  std::string where_;
};

/// Version of the model file itself; raised when a reader of before could not read what is written now.
inline constexpr std::int64_t kModelFormatVersion = 1;

struct ModelFile {
  StateDict weights;
  Record record;  ///< what save_model was given, and "format_version" and "architecture"
};

/// Writes weights and what belongs to them into one file, which PyTorch reads, too. `architecture` names the composition, for example
/// "Detector<ResNet50, Fpn<256>, Db>"; `record` holds preprocessing, alphabet, thresholds. Throws Error when the file cannot be written.
inline void save_model(const std::filesystem::path& path, std::string architecture, const StateDict& weights, const Record& record = {}) {
  Record head;
  head.set("format", "scriba model").set("format_version", kModelFormatVersion).set("architecture", std::move(architecture));
  for (const auto& [key, value] : record.dict().entries) {
    const auto* name = key.get<std::string>();
    if (name && head.has(*name)) record.fail(*name, "a name that save_model does not use itself", "this one");
    if (name) head.set(*name, value);
  }
  write_torch_file(path, weights, head.dict());
}

/// Reads what save_model wrote. Throws one Error that says what is wrong: not a model file, written by a later version, or of another
/// architecture than `architecture` (empty: any).
inline ModelFile load_model(const std::filesystem::path& path, std::string_view architecture = {}) {
  const Value file = read_torch_file(path);
  const auto fail = [&](std::string expected, std::string got) {
    throw Error({.what = "cannot load a model", .where = path.string(), .expected = std::move(expected), .got = std::move(got)});
  };
  const auto* root = file.get<Dict>();
  const auto* metadata = root ? root->find("metadata") : nullptr;
  const auto* dict = metadata ? metadata->get<Dict>() : nullptr;
  const auto* format = dict ? dict->find("format") : nullptr;
  if (!format || !format->get<std::string>() || *format->get<std::string>() != "scriba model" || !root->find("state_dict"))
    fail("a file of save_model (weights alone are read by read_state_dict)", "a checkpoint without its metadata");

  Record record(*dict, path.string());
  if (const auto version = record.integer("format_version"); version > kModelFormatVersion)
    fail("model format " + std::to_string(kModelFormatVersion) + " or older", std::to_string(version) + " (update Scriba)");
  if (const auto& saved = record.text("architecture"); !architecture.empty() && saved != architecture)
    fail("architecture " + std::string(architecture), saved);

  // A model without weights (a pure preprocessing record) is as good as any other.
  const auto* weights = root->find("state_dict")->get<Dict>();
  return {weights && weights->size() == 0 ? StateDict{} : state_dict_of(*root->find("state_dict")), std::move(record)};
}

}  // namespace scriba::io
