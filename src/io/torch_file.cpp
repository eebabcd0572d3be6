#include <scriba/io/torch_file.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <ATen/ops/empty.h>

#include "input_file.hpp"
#include "pickle.hpp"
#include "zip_directory.hpp"

namespace scriba::io {
namespace {

using detail::Global;
using detail::InputFile;
using detail::Object;
using detail::StorageView;
using detail::Unpickler;
using detail::ZipDirectory;

/// The storages of one file, made on first use. Together they never exceed the file, so that no file can ask for more memory than it
/// has bytes, whatever sizes it claims.
class Storages {
 public:
  explicit Storages(const InputFile& file) : file_(file), left_(file.size()) {}

  /// `count` elements under `key`; `fresh` tells whether they still have to be read.
  StorageView get(const std::string& key, at::ScalarType type, const Object& count, bool& fresh) {
    const auto* elements = std::get_if<std::int64_t>(&count.data);
    std::int64_t size = 0;
    if (!elements || *elements < 0 || __builtin_mul_overflow(*elements, std::int64_t(c10::elementSize(type)), &size))
      file_.fail("a size of storage " + key, elements ? std::to_string(*elements) : "something else");
    const auto found = storages_.find(key);
    fresh = found == storages_.end();
    if (!fresh) {
      if (found->second.size != size || (type == at::kBool) != (found->second.type == at::kBool))
        file_.fail("one size and type of storage " + key, "two");
      return {found->second.bytes, type, 0, size};
    }
    if (static_cast<std::uint64_t>(size) > left_)
      file_.fail("storages that fit the file", std::to_string(size) + " bytes in storage " + key);
    left_ -= static_cast<std::uint64_t>(size);
    return storages_[key] = {at::empty({size}, at::kByte), type, 0, size};
  }

  /// A bool other than 0 and 1 is undefined behaviour.
  void check_bytes(const std::string& key, const StorageView& storage) const {
    const auto* bytes = storage.bytes.const_data_ptr<std::uint8_t>();
    if (storage.type == at::kBool && std::any_of(bytes, bytes + storage.size, [](std::uint8_t byte) { return byte > 1; }))
      file_.fail("booleans of 0 and 1 in storage " + key, "another byte");
  }

  const std::map<std::string, StorageView>& all() const { return storages_; }

 private:
  const InputFile& file_;
  std::uint64_t left_;
  std::map<std::string, StorageView> storages_;
};

bool holds_program(const ZipDirectory& zip) { return zip.find(zip.root() + "constants.pkl") != nullptr; }

Value read_zip(InputFile& file) {
  ZipDirectory zip(file);
  if (zip.find(zip.root() + "byteorder") && zip.read(zip.root() + "byteorder") != "little")
    file.fail("a file written on a little-endian machine", "big-endian");
  if (holds_program(zip)) file.fail("a file of torch.save", "a TorchScript module (torch.jit.save)");

  Storages storages(file);
  const auto load_storage = [&](const std::string& key, const Global& storage_class, const std::vector<Object*>& id) {
    bool fresh = false;
    auto storage = storages.get(key, *storage_class.storage, *id[4], fresh);
    if (!fresh) return storage;
    const std::string name = zip.root() + "data/" + key;
    const auto* record = zip.find(name);
    if (!record || record->size != static_cast<std::uint64_t>(storage.size))
      file.fail("record " + name + " of " + std::to_string(storage.size) + " bytes", record ? std::to_string(record->size) : "none");
    zip.read(name, *record, storage.bytes.data_ptr());
    storages.check_bytes(key, storage);
    return storage;
  };
  const std::string pickle = zip.read(zip.root() + "data.pkl");
  Unpickler unpickler(pickle, file.name() + ", data.pkl", load_storage);
  const auto& root = unpickler.run();
  return unpickler.value(root);
}

/// Reads the next pickle of a legacy file and drops it from `rest`.
Value next_value(std::string_view& rest, const InputFile& file) {
  Unpickler unpickler(rest, file.name());
  const Value value = unpickler.value(unpickler.run());
  rest.remove_prefix(unpickler.size());
  return value;
}

/// Magic number, protocol, machine.
void check_legacy_head(std::string_view& rest, const InputFile& file) {
  constexpr double kMagic = 119547037146038801333356.0;  // more than 64 bits
  // Other files are told from ours by their first bytes, before anything in them is taken for a pickle.
  if (!rest.starts_with('\x80')) file.fail("a file of torch.save", "another kind of file");
  const Value magic = next_value(rest, file);
  if (!magic.get<double>() || *magic.get<double>() != kMagic) file.fail("a file of torch.save", "a pickle of something else");
  const Value protocol = next_value(rest, file);
  if (!protocol.get<std::int64_t>() || *protocol.get<std::int64_t>() != 1001) file.fail("protocol 1001", "another");
  const Value machine = next_value(rest, file);
  const auto* dict = machine.get<Dict>();
  const auto* little = dict ? dict->find("little_endian") : nullptr;
  if (little && little->get<bool>() && !*little->get<bool>()) file.fail("a file written on a little-endian machine", "big-endian");
}

/// The part of a storage that a legacy persistent id may name: (key, offset, size), in elements.
StorageView part_of(const StorageView& storage, const Object& part, const InputFile& file) {
  const auto* items = std::get_if<detail::Sequence>(&part.data);
  const auto number = [&](std::size_t i) {
    return items && items->items.size() == 3 ? std::get_if<std::int64_t>(&items->items[i]->data) : nullptr;
  };
  const auto *offset = number(1), *size = number(2);
  const auto item_size = static_cast<std::int64_t>(c10::elementSize(storage.type));
  const auto elements = storage.size / item_size;
  if (!offset || !size || *offset < 0 || *size < 0 || *offset > elements || *size > elements - *offset)
    file.fail("a part inside its storage", "one outside it");
  return {storage.bytes, storage.type, *offset * item_size, *size * item_size};
}

/// Storage keys, then for each its number of elements as an int64, and the elements.
void fill_legacy_storages(std::string_view& rest, const Storages& storages, const InputFile& file) {
  const Value keys = next_value(rest, file);
  std::set<std::string> filled;
  for (const auto& item : keys.get<List>() ? *keys.get<List>() : List{}) {
    const auto* key = item.get<std::string>();
    const auto found = key ? storages.all().find(*key) : storages.all().end();
    if (found == storages.all().end()) file.fail("keys of storages in use", key ? *key : item.type_name());
    const auto& storage = found->second;
    const auto elements = storage.size / static_cast<std::int64_t>(c10::elementSize(storage.type));
    if (rest.size() < 8 || detail::little_endian<std::int64_t>(rest, 0) != elements)
      file.fail("storage " + *key + " of " + std::to_string(elements) + " elements",
                rest.size() < 8 ? "the end of the file" : "another size");
    rest.remove_prefix(8);
    const auto size = static_cast<std::size_t>(storage.size);
    if (rest.size() < size) file.fail("the bytes of storage " + *key, "the end of the file");
    rest.copy(static_cast<char*>(storage.bytes.data_ptr()), size);
    rest.remove_prefix(size);
    storages.check_bytes(*key, storage);
    filled.insert(*key);
  }
  if (filled.size() != storages.all().size())
    file.fail("the bytes of every storage", std::to_string(filled.size()) + " of " + std::to_string(storages.all().size()));
}

/// The form before PyTorch 1.6: pickles of a head, the object and the storage keys, then the storages.
Value read_legacy(InputFile& file) {
  const std::string content = file.read(0, file.size());
  std::string_view rest = content;
  check_legacy_head(rest, file);

  Storages storages(file);
  Unpickler object(rest, file.name(), [&](const std::string& key, const Global& storage_class, const std::vector<Object*>& id) {
    bool fresh = false;
    const auto storage = storages.get(key, *storage_class.storage, *id[4], fresh);
    const bool whole = id.size() < 6 || std::holds_alternative<std::monostate>(id[5]->data);
    return whole ? storage : part_of(storage, *id[5], file);
  });
  const auto& root = object.run();
  rest.remove_prefix(object.size());
  fill_legacy_storages(rest, storages, file);
  return object.value(root);
}

bool holds_tensors(const Dict& dict) {
  return dict.size() > 0 && std::ranges::all_of(dict.entries, [](const auto& entry) {
           return entry.first.template get<std::string>() && entry.second.template get<at::Tensor>();
         });
}

const Dict* find_state_dict(const Value& value, int depth) {
  const auto* dict = value.get<Dict>();
  if (!dict || depth > 3) return nullptr;
  if (holds_tensors(*dict)) return dict;
  for (const char* key : {"state_dict", "model_state_dict", "model", "net"})
    if (const auto* inner = dict->find(key))
      if (const auto* found = find_state_dict(*inner, depth + 1)) return found;
  return nullptr;
}

}  // namespace

Value read_torch_file(const std::filesystem::path& path) {
  InputFile file(path);
  return ZipDirectory::is_zip(file) ? read_zip(file) : read_legacy(file);
}

bool is_torchscript(const std::filesystem::path& path) {
  InputFile file(path);
  return ZipDirectory::is_zip(file) && holds_program(ZipDirectory(file));
}

StateDict state_dict_of(const Value& value) {
  const auto* dict = find_state_dict(value, 0);
  if (!dict) {
    std::string got = value.type_name();
    if (const auto* other = value.get<Dict>()) {
      got += " with";
      for (std::size_t i = 0; i < std::min<std::size_t>(other->size(), 5); ++i) {
        const auto* key = other->entries[i].first.get<std::string>();
        got += " " + (key ? *key : std::string(other->entries[i].first.type_name()));
      }
    }
    throw Error(
        {.what = "no weights in this file", .where = "", .expected = "a dict of tensors, or one under state_dict or model", .got = got});
  }
  constexpr std::string_view kWrapped = "module.";  // what DataParallel puts before every name
  const bool wrapped =
      std::ranges::all_of(dict->entries, [&](const auto& entry) { return entry.first.template get<std::string>()->starts_with(kWrapped); });
  StateDict out;
  for (const auto& [name, tensor] : dict->entries)
    out.add(name.get<std::string>()->substr(wrapped ? kWrapped.size() : 0), *tensor.get<at::Tensor>());
  return out;
}

StateDict read_state_dict(const std::filesystem::path& path) {
  const Value value = read_torch_file(path);
  try {
    return state_dict_of(value);
  } catch (const Error& error) {
    auto text = error.text();
    text.where = path.string() + (text.where.empty() ? "" : ", " + text.where);
    throw Error(std::move(text));
  }
}

}  // namespace scriba::io
