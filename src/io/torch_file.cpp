#include <scriba/io/torch_file.hpp>

#include <algorithm>
#include <map>
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

Value read_zip(InputFile& file) {
  ZipDirectory zip(file);
  if (zip.find(zip.root() + "byteorder") && zip.read(zip.root() + "byteorder") != "little")
    file.fail("a file written on a little-endian machine", "big-endian");
  if (zip.find(zip.root() + "constants.pkl")) file.fail("a file of torch.save", "a TorchScript module (torch.jit.save)");

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

/// Five pickles (magic number, protocol, machine, object, storage keys), then each storage: its size as an int64, its elements.
Value read_legacy(InputFile& file) {
  const std::string content = file.read(0, file.size());
  std::string_view rest = content;
  const auto next = [&](Unpickler& unpickler) -> const Object& {
    const auto& object = unpickler.run();
    rest.remove_prefix(unpickler.size());
    return object;
  };
  const std::string what = "a file of torch.save";
  Unpickler magic(rest.substr(0, 64), file.name());
  // Other files are told from ours by their first bytes, before anything in them is taken for a pickle.
  if (!rest.starts_with('\x80')) file.fail(what, "another kind of file");
  const auto* number = std::get_if<double>(&next(magic).data);
  if (!number || *number != 119547037146038801333356.0) file.fail(what, "a pickle of something else");
  Unpickler version(rest, file.name());
  const auto* protocol = std::get_if<std::int64_t>(&next(version).data);
  if (!protocol || *protocol != 1001) file.fail("protocol 1001", "another");
  Unpickler machine(rest, file.name());
  const Value system = machine.value(next(machine));
  const auto* dict = system.get<Dict>();
  const auto* little = dict ? dict->find("little_endian") : nullptr;
  if (little && little->get<bool>() && !*little->get<bool>()) file.fail("a file written on a little-endian machine", "big-endian");

  Storages storages(file);
  const auto load_storage = [&](const std::string& key, const Global& storage_class, const std::vector<Object*>& id) {
    bool fresh = false;
    auto storage = storages.get(key, *storage_class.storage, *id[4], fresh);
    if (id.size() < 6 || std::holds_alternative<std::monostate>(id[5]->data)) return storage;
    // A part of a storage: (key, offset, size), in elements.
    const auto* view = std::get_if<detail::Sequence>(&id[5]->data);
    const auto item = [&](std::size_t i) {
      return view && view->items.size() == 3 ? std::get_if<std::int64_t>(&view->items[i]->data) : nullptr;
    };
    const auto item_size = static_cast<std::int64_t>(c10::elementSize(storage.type));
    const auto elements = storage.size / item_size;
    if (!item(1) || !item(2) || *item(1) < 0 || *item(2) < 0 || *item(1) > elements || *item(2) > elements - *item(1))
      file.fail("a part of storage " + key, "one outside it");
    return StorageView{storage.bytes, storage.type, *item(1) * item_size, *item(2) * item_size};
  };
  Unpickler object(rest, file.name(), load_storage);
  const auto& root = next(object);

  Unpickler keys_pickle(rest, file.name());
  const Value keys = keys_pickle.value(next(keys_pickle));
  std::size_t filled = 0;
  for (const auto& item : keys.get<List>() ? *keys.get<List>() : List{}) {
    const auto* key = item.get<std::string>();
    const auto found = key ? storages.all().find(*key) : storages.all().end();
    if (found == storages.all().end()) file.fail("keys of storages in use", key ? *key : item.type_name());
    const auto& storage = found->second;
    const auto item_size = static_cast<std::int64_t>(c10::elementSize(storage.type));
    if (rest.size() < 8 || detail::little_endian<std::int64_t>(rest, 0) != storage.size / item_size)
      file.fail("storage " + *key + " of " + std::to_string(storage.size / item_size) + " elements",
                rest.size() < 8 ? "the end of the file" : "another size");
    rest.remove_prefix(8);
    if (rest.size() < static_cast<std::uint64_t>(storage.size)) file.fail("the bytes of storage " + *key, "the end of the file");
    rest.copy(static_cast<char*>(storage.bytes.data_ptr()), static_cast<std::size_t>(storage.size));
    storages.check_bytes(*key, storage);
    rest.remove_prefix(static_cast<std::size_t>(storage.size));
    ++filled;
  }
  if (filled != storages.all().size())
    file.fail("the bytes of every storage", std::to_string(filled) + " of " + std::to_string(storages.all().size()));
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
