#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include <ATen/core/Tensor.h>
#include <caffe2/serialize/inline_container.h>

#include <scriba/io/torch_file.hpp>

namespace scriba::io {
namespace {

namespace fs = std::filesystem;

Error cannot_write(const std::string& where, std::string got) {
  return Error({.what = "cannot write a checkpoint", .where = where, .expected = "", .got = std::move(got)});
}

struct StorageClass {
  at::ScalarType type;
  const char* name;
};
constexpr StorageClass kStorages[] = {{at::kFloat, "FloatStorage"},   {at::kHalf, "HalfStorage"}, {at::kBFloat16, "BFloat16Storage"},
                                      {at::kDouble, "DoubleStorage"}, {at::kLong, "LongStorage"}, {at::kInt, "IntStorage"},
                                      {at::kShort, "ShortStorage"},   {at::kChar, "CharStorage"}, {at::kByte, "ByteStorage"},
                                      {at::kBool, "BoolStorage"}};

/// Writes values as pickle protocol 2, the one that torch.save uses, and gathers the storages that it names.
class Pickler {
 public:
  explicit Pickler(std::string where) : where_(std::move(where)) {}

  void begin() { out_ += "\x80\x02"; }
  std::string finish() { return out_ + '.'; }
  /// Record i is named "data/i".
  const std::vector<at::Tensor>& storages() const { return storages_; }

  void mark() { out_ += '('; }
  void empty_dict() { out_ += '}'; }
  void ordered_dict() { out_ += "ccollections\nOrderedDict\n)R"; }
  void set_items() { out_ += 'u'; }

  void text(std::string_view text) {
    if (text.size() > 0xFFFFFFFFu) throw cannot_write(where_, "a text of more than 4 GiB");
    out_ += 'X';
    raw(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }

  void integer(std::int64_t value) {
    if (value == static_cast<std::int32_t>(value)) {
      out_ += 'J';
      raw(static_cast<std::int32_t>(value));
    } else {
      out_ += "\x8a\x08";
      raw(value);
    }
  }

  void tensor(const at::Tensor& tensor) {
    if (!tensor.defined()) throw cannot_write(where_, "a tensor that was never set");
    const auto type = std::ranges::find(kStorages, tensor.scalar_type(), &StorageClass::type);
    if (type == std::end(kStorages) || tensor.layout() != at::kStrided)
      throw cannot_write(where_, std::string("a tensor of type ") + c10::toString(tensor.scalar_type()));
    const std::size_t key = storage_key(tensor);
    const at::Tensor& stored = storages_[key];

    out_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
    text("storage");
    out_ += std::string("ctorch\n") + type->name + '\n';
    text(std::to_string(key));
    text("cpu");
    integer(stored.numel());
    out_ += "tQ";
    integer(0);
    integers(stored.sizes());
    integers(stored.strides());
    out_ += '\x89';  // requires_grad = False
    ordered_dict();  // no hooks
    out_ += "tR";
  }

  void value(const Value& value) {
    std::visit([&]<class T>(const T& data) { write(data); }, value.data);
  }

 private:
  template <class T>
  void raw(T number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out_.append(bytes, sizeof number);
  }

  void integers(at::IntArrayRef values) {
    mark();
    for (const auto value : values) integer(value);
    out_ += 't';
  }

  /// Tied weights, one tensor under two names, stay one storage.
  std::size_t storage_key(const at::Tensor& tensor) {
    const auto place = std::tuple(tensor.const_data_ptr(), tensor.scalar_type(), tensor.sizes().vec(), tensor.strides().vec());
    const auto [found, added] = keys_.emplace(place, storages_.size());
    if (added || tensor.numel() == 0) {
      found->second = storages_.size();
      storages_.push_back(tensor.detach().to(at::kCPU).contiguous());
    }
    return found->second;
  }

  void write(std::monostate) { out_ += 'N'; }
  void write(bool data) { out_ += data ? '\x88' : '\x89'; }
  void write(std::int64_t data) { integer(data); }
  void write(double data) {
    out_ += 'G';
    const auto bits = std::bit_cast<std::uint64_t>(data);
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift);
  }
  void write(const std::string& data) { text(data); }
  void write(const Bytes&) { throw cannot_write(where_, "bytes (keep them as a uint8 tensor)"); }
  void write(const at::Tensor& data) { tensor(data); }
  void write(const List& data) {
    out_ += ']';
    mark();
    for (const auto& item : data) value(item);
    out_ += 'e';
  }
  void write(const Tuple& data) {
    mark();
    for (const auto& item : data.items) value(item);
    out_ += 't';
  }
  void write(const Dict& data) {
    empty_dict();
    mark();
    for (const auto& [key, item] : data.entries) {
      value(key);
      value(item);
    }
    set_items();
  }

  std::string where_, out_;
  std::vector<at::Tensor> storages_;
  std::map<std::tuple<const void*, at::ScalarType, std::vector<std::int64_t>, std::vector<std::int64_t>>, std::size_t> keys_;
};

void write_zip(const fs::path& path, const std::string& pickle, const std::vector<at::Tensor>& storages) {
  std::ofstream file(path, std::ios::binary);
  if (!file) throw cannot_write(path.string(), "no such folder, or no right to write there");
  {
    const auto write = [&](const void* data, std::size_t size) -> std::size_t {
      file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
      return size;  // checked once, at the end: LibTorch's writer must not throw from its destructor
    };
    caffe2::serialize::PyTorchStreamWriter zip(write);  // aligns records to 64 bytes, so that readers can map them
    zip.writeRecord("data.pkl", pickle.data(), pickle.size());
    zip.writeRecord("byteorder", "little", 6);
    for (std::size_t i = 0; i < storages.size(); ++i)
      zip.writeRecord("data/" + std::to_string(i), storages[i].const_data_ptr(), storages[i].nbytes());
    zip.writeEndOfFile();
  }
  file.close();
  if (!file) throw cannot_write(path.string(), "a write error (disk full?)");
}

}  // namespace

void write_torch_file(const fs::path& path, const StateDict& weights, const Dict& metadata) {
  Pickler pickler(path.string());
  pickler.begin();
  pickler.empty_dict();
  pickler.mark();
  pickler.text("state_dict");
  pickler.ordered_dict();
  pickler.mark();
  for (const auto& [name, tensor] : weights) {
    pickler.text(name);
    pickler.tensor(tensor);
  }
  pickler.set_items();
  pickler.text("metadata");
  pickler.value(metadata);
  pickler.set_items();

  // A name of its own beside the target: two writers never meet, and the rename stays within one file system.
  fs::path part = path;
  part += ".part" + std::to_string(std::random_device{}());
  std::error_code failed;
  try {
    write_zip(part, pickler.finish(), pickler.storages());
    fs::rename(part, path, failed);
    if (failed) throw cannot_write(path.string(), failed.message());
  } catch (...) {
    fs::remove(part, failed);
    throw;
  }
}

}  // namespace scriba::io
