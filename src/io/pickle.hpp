#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/core/Tensor.h>

#include <scriba/io/value.hpp>

namespace scriba::io::detail {

/// Memory that tensors of a file share, and the part of it that one persistent id names.
struct StorageView {
  at::Tensor bytes;  ///< [n], uint8
  at::ScalarType type{};
  std::int64_t offset{}, size{};  ///< in bytes
};

/// What the pickle may call or name; see the table in pickle.cpp. Everything else is refused.
enum class Callable {
  none,
  ordered_dict,
  counter,
  set,
  rebuild_tensor,
  rebuild_tensor_v3,
  rebuild_parameter,
  torch_size,
  torch_device,
  encode_bytes,
  numpy_dtype,
  numpy_scalar,
};

struct Global {
  std::string name;  ///< "torch FloatStorage"
  Callable callable = Callable::none;
  std::optional<at::ScalarType> storage;  ///< element type of a storage class
  std::optional<at::ScalarType> dtype;    ///< torch.float32, ...
};

struct Object;

struct Sequence {
  enum Kind { list, tuple, set } kind{};
  std::vector<Object*> items;
};

struct Mapping {
  std::vector<std::pair<Object*, Object*>> entries;
};

struct NumpyType {
  std::string code;  ///< "f8"
};

/// A Python object. Containers point to their items, which may be shared and even form cycles, as in Python.
struct Object {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, at::Tensor, Sequence, Mapping, Global, NumpyType,
               StorageView>
      data;
};

/// "a dict", for errors.
const char* kind_of(const Object& object);

/// Runs one pickle (protocols 2 to 5) against a short list of harmless names. No Python name is ever looked up or called.
class Unpickler {
 public:
  /// Gives the storage that a persistent id, the tuple that torch.save writes, stands for.
  using LoadStorage = std::function<StorageView(const std::string& key, const Global& storage_class, const std::vector<Object*>& id)>;

  /// `bytes` must outlive the unpickler; `where` is for errors.
  Unpickler(std::string_view bytes, std::string where, LoadStorage load_storage = {});

  /// Reads up to STOP. Throws Error for anything that is not allowed or not whole.
  const Object& run();
  /// Bytes read, after run().
  std::size_t size() const { return at_; }
  /// A tree of values. Throws Error for cycles, for trees deeper than any checkpoint, and for sharing that would blow the tree up.
  Value value(const Object& object);

  [[noreturn]] void fail(std::string expected, std::string got) const;

 private:
  bool step();  ///< false at STOP
  void push_text(std::uint64_t length);
  void push_long(std::uint64_t length);
  void global(std::string_view module, std::string_view name);
  void reduce();
  void build();
  void persistent_id();
  void set_items(const std::vector<Object*>& items);     ///< key, value, key, ... to the dict on top
  void append_items(const std::vector<Object*>& items);  ///< to the list or set on top

  Object* call(const Global& function, const std::vector<Object*>& arguments);
  Object* rebuild_tensor(const std::vector<Object*>& arguments, const Object* dtype);
  Object* encode_bytes(const std::string& text);
  Object* numpy_scalar(const NumpyType& type, const std::string& bytes);

  std::string_view take(std::uint64_t count);
  std::string_view take_line();
  template <class T>
  T number();
  Object* make(decltype(Object::data) data);
  void push(Object* object) { stack_.push_back(object); }
  Object* pop();
  Object* top();
  std::size_t pop_mark();
  std::vector<Object*> pop_from(std::size_t first);
  void remember(std::uint64_t index) { memo_[index] = top(); }
  void recall(std::uint64_t index);
  void spend(std::size_t amount);
  Value value_of(const Object& object, int depth);

  std::string_view bytes_;
  std::string where_;
  LoadStorage load_storage_;
  std::size_t at_ = 0, opcode_at_ = 0;
  std::deque<Object> objects_;  // owns all; freed one by one, whatever points to what
  std::vector<Object*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Object*> memo_;
  std::size_t budget_;  // work that shared objects may cause beyond the bytes that name them
};

}  // namespace scriba::io::detail
