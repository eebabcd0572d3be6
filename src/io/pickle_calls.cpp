// What the names in a pickle stand for; Python's side of it is in `torch/_utils.py` and `collections`.
#include <optional>
#include <type_traits>
#include <utility>

#include <ATen/ops/empty.h>
#include <c10/core/ScalarType.h>

#include "input_file.hpp"
#include "pickle.hpp"

namespace scriba::io::detail {
namespace {

constexpr int kMaxDepth = 200;

struct AllowedCallable {
  std::string_view module, name;
  Callable callable;
};
constexpr AllowedCallable kCallables[] = {
    {"collections", "OrderedDict", Callable::ordered_dict},
    {"collections", "Counter", Callable::counter},
    {"builtins", "set", Callable::set},
    {"__builtin__", "set", Callable::set},
    {"builtins", "frozenset", Callable::set},
    {"__builtin__", "frozenset", Callable::set},
    {"torch._utils", "_rebuild_tensor", Callable::rebuild_tensor},
    {"torch._utils", "_rebuild_tensor_v2", Callable::rebuild_tensor},
    {"torch._utils", "_rebuild_tensor_v3", Callable::rebuild_tensor_v3},
    {"torch._utils", "_rebuild_parameter", Callable::rebuild_parameter},
    {"torch._utils", "_rebuild_parameter_with_state", Callable::rebuild_parameter},
    {"torch", "Size", Callable::torch_size},
    {"torch", "device", Callable::torch_device},
    {"_codecs", "encode", Callable::encode_bytes},
    {"numpy", "dtype", Callable::numpy_dtype},
    {"numpy.core.multiarray", "scalar", Callable::numpy_scalar},
    {"numpy._core.multiarray", "scalar", Callable::numpy_scalar},
};

struct NamedType {
  std::string_view name;
  at::ScalarType type;
};
constexpr NamedType kStorages[] = {{"FloatStorage", at::kFloat},   {"HalfStorage", at::kHalf},   {"BFloat16Storage", at::kBFloat16},
                                   {"DoubleStorage", at::kDouble}, {"LongStorage", at::kLong},   {"IntStorage", at::kInt},
                                   {"ShortStorage", at::kShort},   {"CharStorage", at::kChar},   {"ByteStorage", at::kByte},
                                   {"BoolStorage", at::kBool},     {"UntypedStorage", at::kByte}};
constexpr NamedType kTypes[] = {{"float32", at::kFloat}, {"float16", at::kHalf}, {"bfloat16", at::kBFloat16}, {"float64", at::kDouble},
                                {"int64", at::kLong},    {"int32", at::kInt},    {"int16", at::kShort},       {"int8", at::kChar},
                                {"uint8", at::kByte},    {"bool", at::kBool},    {"uint16", at::kUInt16},     {"uint32", at::kUInt32},
                                {"uint64", at::kUInt64}};

/// Integers of a tuple or list: a shape or strides.
std::optional<std::vector<std::int64_t>> integers(const Object& object) {
  const auto* sequence = std::get_if<Sequence>(&object.data);
  if (!sequence || sequence->items.size() > 64) return std::nullopt;
  std::vector<std::int64_t> out;
  for (const auto* item : sequence->items) {
    const auto* number = std::get_if<std::int64_t>(&item->data);
    if (!number || *number < 0) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

}  // namespace

void Unpickler::global(std::string_view module, std::string_view name) {
  Global out{std::string(module) + "." + std::string(name), Callable::none, std::nullopt, std::nullopt};
  for (const auto& allowed : kCallables)
    if (allowed.module == module && allowed.name == name) out.callable = allowed.callable;
  if (module == "torch" || module == "torch.cuda" || module == "torch.storage")
    for (const auto& storage : kStorages)
      if (storage.name == name) out.storage = storage.type;
  if (module == "torch")
    for (const auto& type : kTypes)
      if (type.name == name) out.dtype = type.type;
  if (out.callable == Callable::none && !out.storage && !out.dtype)
    fail("plain values and tensors", "the Python name " + out.name + ", which is not allowed");
  push(make(std::move(out)));
}

void Unpickler::reduce() {
  const auto* arguments = std::get_if<Sequence>(&pop()->data);
  const auto* function_object = pop();
  const auto* function = std::get_if<Global>(&function_object->data);
  if (!arguments || arguments->kind != Sequence::tuple) fail("arguments of a call", "something else");
  if (!function || function->callable == Callable::none) fail("a function to call", function ? function->name : kind_of(*function_object));
  push(call(*function, arguments->items));
}

void Unpickler::build() {
  const auto* state = pop();
  const auto* object = top();
  if (std::holds_alternative<Mapping>(object->data)) return;  // attributes of an OrderedDict: versions of modules, of no use here
  if (std::holds_alternative<NumpyType>(object->data)) {
    const auto* items = std::get_if<Sequence>(&state->data);
    const auto* order = items && items->items.size() > 1 ? std::get_if<std::string>(&items->items[1]->data) : nullptr;
    if (!order || (*order != "<" && *order != "|" && *order != "=")) fail("a little-endian NumPy type", "another");
    return;
  }
  fail("attributes of a dict", std::string("attributes of ") + kind_of(*object));
}

void Unpickler::persistent_id() {
  const auto* id = std::get_if<Sequence>(&pop()->data);
  const auto text = [&](std::size_t i) { return id && i < id->items.size() ? std::get_if<std::string>(&id->items[i]->data) : nullptr; };
  const auto* storage_class = id && id->items.size() >= 5 ? std::get_if<Global>(&id->items[1]->data) : nullptr;
  const auto* tag = text(0);
  const auto* key = text(2);
  if (!load_storage_ || !tag || *tag != "storage" || !storage_class || !storage_class->storage || !key)
    fail("('storage', class, key, location, size)", "another persistent id");
  push(make(load_storage_(*key, *storage_class, id->items)));
}

// --- calls ---

Object* Unpickler::call(const Global& function, const std::vector<Object*>& arguments) {
  const auto bad = [&]() { fail("arguments that fit " + function.name, std::to_string(arguments.size()) + " others"); };
  const auto sequence = [&](std::size_t i) { return i < arguments.size() ? std::get_if<Sequence>(&arguments[i]->data) : nullptr; };
  const auto text = [&](std::size_t i) { return i < arguments.size() ? std::get_if<std::string>(&arguments[i]->data) : nullptr; };

  switch (function.callable) {
    case Callable::ordered_dict:
    case Callable::counter: {
      Mapping out;
      if (arguments.size() == 1) {
        if (const auto* dict = std::get_if<Mapping>(&arguments[0]->data)) {
          spend(dict->entries.size());
          out = *dict;
        } else if (const auto* pairs = sequence(0)) {  // OrderedDict([(key, value), ...]), as Python 2 writes it
          spend(pairs->items.size());
          for (const auto* item : pairs->items) {
            const auto* pair = std::get_if<Sequence>(&item->data);
            if (!pair || pair->items.size() != 2) bad();
            out.entries.emplace_back(pair->items[0], pair->items[1]);
          }
        } else {
          bad();
        }
      } else if (!arguments.empty()) {
        bad();
      }
      return make(std::move(out));
    }
    case Callable::set:
    case Callable::torch_size: {
      const auto kind = function.callable == Callable::set ? Sequence::set : Sequence::tuple;
      if (arguments.empty()) return make(Sequence{kind, {}});
      const auto* items = sequence(0);
      if (!items || arguments.size() != 1) bad();
      spend(items->items.size());
      return make(Sequence{kind, items->items});
    }
    case Callable::rebuild_tensor:
      if (arguments.size() < 4) bad();
      return rebuild_tensor(arguments, nullptr);
    case Callable::rebuild_tensor_v3:
      if (arguments.size() < 7) bad();
      return rebuild_tensor(arguments, arguments[6]);
    case Callable::rebuild_parameter:
      if (arguments.size() < 3 || !std::holds_alternative<at::Tensor>(arguments[0]->data)) bad();
      return arguments[0];
    case Callable::torch_device: {
      const auto* type = text(0);
      const auto* index = arguments.size() == 2 ? std::get_if<std::int64_t>(&arguments[1]->data) : nullptr;
      if (!type || arguments.size() > 2 || (arguments.size() == 2 && !index)) bad();
      spend(type->size());
      return make(index ? *type + ":" + std::to_string(*index) : *type);
    }
    case Callable::encode_bytes:
      if (arguments.size() != 2 || !text(0) || !text(1) || (*text(1) != "latin1" && *text(1) != "latin-1")) bad();
      return encode_bytes(*text(0));
    case Callable::numpy_dtype:
      if (!text(0)) bad();
      spend(text(0)->size());
      return make(NumpyType{*text(0)});
    case Callable::numpy_scalar: {
      if (arguments.size() != 2) bad();
      const auto* type = std::get_if<NumpyType>(&arguments[0]->data);
      const auto* bytes = std::get_if<Bytes>(&arguments[1]->data);
      if (!type || !bytes) bad();
      return numpy_scalar(*type, bytes->data);
    }
    case Callable::none:
      break;
  }
  bad();
  return nullptr;
}

Object* Unpickler::rebuild_tensor(const std::vector<Object*>& arguments, const Object* dtype) {
  const auto* storage = std::get_if<StorageView>(&arguments[0]->data);
  const auto* offset = std::get_if<std::int64_t>(&arguments[1]->data);
  const auto sizes = integers(*arguments[2]), strides = integers(*arguments[3]);
  if (!storage || !offset || *offset < 0 || !sizes || !strides || sizes->size() != strides->size())
    fail("a storage, an offset, sizes and strides of a tensor", "others");
  auto type = storage->type;
  if (dtype) {
    const auto* named = std::get_if<Global>(&dtype->data);
    // A bool of another value than 0 and 1 is undefined behaviour: only BoolStorage, which is checked, may hold them.
    if (!named || !named->dtype || (*named->dtype == at::kBool && type != at::kBool))
      fail("the type of a tensor", named ? named->name : kind_of(*dtype));
    type = *named->dtype;
  }
  const auto item_size = static_cast<std::int64_t>(c10::elementSize(type));

  // The last element that the strides reach must lie in the storage.
  std::int64_t last = *offset, count = 1;
  bool empty = false, overflow = false;
  for (std::size_t i = 0; i < sizes->size(); ++i) {
    const auto size = (*sizes)[i];
    empty |= size == 0;
    std::int64_t reach = 0;
    overflow |= size > 0 && (__builtin_mul_overflow(size - 1, (*strides)[i], &reach) || __builtin_add_overflow(last, reach, &last));
    overflow |= size > 0 && __builtin_mul_overflow(count, size, &count);
  }
  const auto available = storage->size / item_size;
  if (overflow || *offset > available || (!empty && last >= available))
    fail("a tensor inside its storage of " + std::to_string(available) + " elements",
         "element " + (overflow ? "beyond 2^63" : std::to_string(last)));
  // Stride 0 lets a few bytes stand for any number of elements; whoever copies such a tensor pays for them all.
  constexpr std::int64_t kMaxExpanded = std::int64_t{1} << 24;
  if (!empty && count > available && count > kMaxExpanded)
    fail("at most " + std::to_string(kMaxExpanded) + " elements in an expanded tensor", std::to_string(count));
  if (storage->offset % item_size != 0) fail("an aligned storage", "offset " + std::to_string(storage->offset));

  at::Tensor out = at::empty({0}, type);
  out.set_(storage->bytes.storage(), storage->offset / item_size + *offset, *sizes, *strides);
  return make(std::move(out));
}

/// Latin-1 bytes travel as text: code points up to 255.
Object* Unpickler::encode_bytes(const std::string& text) {
  spend(text.size());
  Bytes out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out.data += text[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size() && (text[i + 1] & 0xC0) == 0x80) {
      out.data += static_cast<char>(((byte & 3) << 6) | (text[++i] & 0x3F));
    } else {
      fail("Latin-1 text", "another character");
    }
  }
  return make(std::move(out));
}

Object* Unpickler::numpy_scalar(const NumpyType& type, const std::string& bytes) {
  const auto as = [&]<class T>(T) -> Object* {
    if (bytes.size() != sizeof(T)) fail(std::to_string(sizeof(T)) + " bytes of a NumPy scalar", std::to_string(bytes.size()));
    const auto value = little_endian<T>(bytes, 0);
    if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, std::uint64_t>)
      return make(static_cast<double>(value));
    else
      return make(static_cast<std::int64_t>(value));
  };
  if (type.code == "f8") return as(double{});
  if (type.code == "f4") return as(float{});
  if (type.code == "i8") return as(std::int64_t{});
  if (type.code == "i4") return as(std::int32_t{});
  if (type.code == "i2") return as(std::int16_t{});
  if (type.code == "i1") return as(std::int8_t{});
  if (type.code == "u8") return as(std::uint64_t{});
  if (type.code == "u4") return as(std::uint32_t{});
  if (type.code == "u2") return as(std::uint16_t{});
  if (type.code == "u1") return as(std::uint8_t{});
  if (type.code == "b1" && bytes.size() == 1) return make(bytes[0] != 0);
  fail("a NumPy number", "type " + type.code);
}

// --- the result ---

Value Unpickler::value(const Object& object) { return value_of(object, 0); }

Value Unpickler::value_of(const Object& object, int depth) {
  if (depth > kMaxDepth) fail("at most " + std::to_string(kMaxDepth) + " levels", "more, or a container inside itself");
  spend(16);  // as much as a value takes beyond its text, in the unit of the budget
  const auto list_of = [&](const Sequence& sequence) {
    List items;
    for (const auto* item : sequence.items) items.push_back(value_of(*item, depth + 1));
    return items;
  };
  const auto text_of = [&](const std::string& text) {
    spend(text.size());
    return text;
  };
  return std::visit(
      [&]<class T>(const T& data) -> Value {
        if constexpr (std::is_same_v<T, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<T, std::string>) {
          return text_of(data);
        } else if constexpr (std::is_same_v<T, Bytes>) {
          return Bytes{text_of(data.data)};
        } else if constexpr (std::is_same_v<T, Sequence>) {
          if (data.kind == Sequence::tuple) return Tuple{list_of(data)};
          return list_of(data);
        } else if constexpr (std::is_same_v<T, Mapping>) {
          Dict out;
          std::unordered_map<std::string, std::size_t> place;
          for (const auto& [key, item] : data.entries) {
            Value name = value_of(*key, depth + 1);
            Value content = value_of(*item, depth + 1);
            // A key set twice keeps its first place and its last value, as in Python.
            if (const auto* text = name.get<std::string>()) {
              const auto [found, added] = place.emplace(*text, out.entries.size());
              if (!added) {
                out.entries[found->second].second = std::move(content);
                continue;
              }
            }
            out.entries.emplace_back(std::move(name), std::move(content));
          }
          return out;
        } else if constexpr (std::is_same_v<T, Global>) {
          if (data.dtype) return text_of(data.name);
          fail("plain values and tensors", "the name " + data.name + " as a value");
        } else if constexpr (std::is_same_v<T, NumpyType>) {
          return text_of(data.code);
        } else if constexpr (std::is_same_v<T, StorageView>) {
          const auto item_size = static_cast<std::int64_t>(c10::elementSize(data.type));
          return at::empty({0}, data.type).set_(data.bytes.storage(), data.offset / item_size, {data.size / item_size}, {1});
        } else {
          return data;
        }
      },
      object.data);
}

}  // namespace scriba::io::detail
