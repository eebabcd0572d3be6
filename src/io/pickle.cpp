// The opcodes are those of Python's `pickletools`; what torch.save writes with them is in `torch/_utils.py` and `torch/serialization.py`.
#include "pickle.hpp"

#include <bit>
#include <utility>

#include "input_file.hpp"

namespace scriba::io::detail {
const char* kind_of(const Object& object) {
  constexpr const char* kNames[] = {"None",     "a bool",      "an int", "a float",    "a text",       "bytes",
                                    "a tensor", "a container", "a dict", "a function", "a NumPy type", "a storage"};
  return kNames[object.data.index()];
}

Unpickler::Unpickler(std::string_view bytes, std::string where, LoadStorage load_storage)
    : bytes_(bytes), where_(std::move(where)), load_storage_(std::move(load_storage)), budget_(16 * bytes.size() + 65536) {}

void Unpickler::fail(std::string expected, std::string got) const {
  throw Error({.what = "cannot read a checkpoint",
               .where = where_ + ", pickle byte " + std::to_string(opcode_at_),
               .expected = std::move(expected),
               .got = std::move(got)});
}

const Object& Unpickler::run() {
  while (step()) {
  }
  return *pop();
}

// --- bytes and stack ---

std::string_view Unpickler::take(std::uint64_t count) {
  if (count > bytes_.size() - at_) fail(std::to_string(count) + " more bytes", "the end of the file");
  const auto out = bytes_.substr(at_, count);
  at_ += count;
  return out;
}

std::string_view Unpickler::take_line() {
  const auto end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) fail("a line", "the end of the file");
  const auto out = bytes_.substr(at_, end - at_);
  at_ = end + 1;
  return out;
}

template <class T>
T Unpickler::number() {
  return little_endian<T>(take(sizeof(T)), 0);
}

Object* Unpickler::make(decltype(Object::data) data) { return &objects_.emplace_back(Object{std::move(data)}); }

Object* Unpickler::pop() {
  Object* object = top();
  stack_.pop_back();
  return object;
}

Object* Unpickler::top() {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("a value on the stack", "none");
  return stack_.back();
}

std::size_t Unpickler::pop_mark() {
  if (marks_.empty()) fail("a mark on the stack", "none");
  const auto first = marks_.back();
  marks_.pop_back();
  return first;
}

std::vector<Object*> Unpickler::pop_from(std::size_t first) {
  std::vector<Object*> items(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
  stack_.resize(first);
  return items;
}

void Unpickler::recall(std::uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) fail("a remembered value", "number " + std::to_string(index) + ", which was never stored");
  push(found->second);
}

void Unpickler::spend(std::size_t amount) {
  if (amount > budget_) fail("values in proportion to the file", "values shared so often that they would not fit in memory");
  budget_ -= amount;
}

// --- opcodes ---

bool Unpickler::step() {
  opcode_at_ = at_;
  const char opcode = take(1)[0];
  switch (opcode) {
    case '\x80':  // PROTO
      if (const auto version = number<std::uint8_t>(); version > 5) fail("pickle protocol 2 to 5", std::to_string(version));
      break;
    case '\x95':  // FRAME: a hint for buffered reading
      if (number<std::uint64_t>() > bytes_.size() - at_) fail("a frame inside the file", "a longer one");
      break;
    case '.':
      return false;
    case '(':
      marks_.push_back(stack_.size());
      break;
    case '0':
      pop();
      break;  // POP
    case '1':
      pop_from(pop_mark());
      break;  // POP_MARK
    case '2':
      push(top());
      break;  // DUP
    case 'N':
      push(make(std::monostate{}));
      break;
    case '\x88':
      push(make(true));
      break;
    case '\x89':
      push(make(false));
      break;
    case 'J':
      push(make(std::int64_t{number<std::int32_t>()}));
      break;  // BININT
    case 'K':
      push(make(std::int64_t{number<std::uint8_t>()}));
      break;  // BININT1
    case 'M':
      push(make(std::int64_t{number<std::uint16_t>()}));
      break;  // BININT2
    case '\x8a':
      push_long(number<std::uint8_t>());
      break;  // LONG1
    case '\x8b':
      push_long(number<std::uint32_t>());
      break;     // LONG4
    case 'G': {  // BINFLOAT: big-endian
      std::uint64_t bits = 0;
      for (const char byte : take(8)) bits = (bits << 8) | static_cast<unsigned char>(byte);
      push(make(std::bit_cast<double>(bits)));
      break;
    }
    case 'X':
      push_text(number<std::uint32_t>());
      break;  // BINUNICODE
    case '\x8c':
      push_text(number<std::uint8_t>());
      break;  // SHORT_BINUNICODE
    case '\x8d':
      push_text(number<std::uint64_t>());
      break;  // BINUNICODE8
    case 'T':
      push_text(number<std::uint32_t>());
      break;  // BINSTRING: text of Python 2
    case 'U':
      push_text(number<std::uint8_t>());
      break;  // SHORT_BINSTRING
    case 'B':
      push(make(Bytes{std::string(take(number<std::uint32_t>()))}));
      break;  // BINBYTES
    case 'C':
      push(make(Bytes{std::string(take(number<std::uint8_t>()))}));
      break;      // SHORT_BINBYTES
    case '\x8e':  // BINBYTES8
    case '\x96':
      push(make(Bytes{std::string(take(number<std::uint64_t>()))}));
      break;  // BYTEARRAY8
    case ']':
      push(make(Sequence{Sequence::list, {}}));
      break;
    case ')':
      push(make(Sequence{Sequence::tuple, {}}));
      break;
    case '}':
      push(make(Mapping{}));
      break;
    case '\x8f':
      push(make(Sequence{Sequence::set, {}}));
      break;
    case '\x85':
    case '\x86':
    case '\x87': {  // TUPLE1 to TUPLE3
      std::vector<Object*> items(static_cast<std::size_t>(static_cast<unsigned char>(opcode) - 0x84));
      for (std::size_t i = items.size(); i-- > 0;) items[i] = pop();
      push(make(Sequence{Sequence::tuple, std::move(items)}));
      break;
    }
    case 't':
      push(make(Sequence{Sequence::tuple, pop_from(pop_mark())}));
      break;
    case 'l':
      push(make(Sequence{Sequence::list, pop_from(pop_mark())}));
      break;
    case '\x91':
      push(make(Sequence{Sequence::set, pop_from(pop_mark())}));
      break;     // FROZENSET
    case 'd': {  // DICT
      const auto items = pop_from(pop_mark());
      push(make(Mapping{}));
      set_items(items);
      break;
    }
    case 'a':
      append_items({pop()});
      break;   // APPEND
    case 'e':  // APPENDS
    case '\x90':
      append_items(pop_from(pop_mark()));
      break;     // ADDITEMS
    case 's': {  // SETITEM
      auto* item = pop();
      auto* key = pop();
      set_items({key, item});
      break;
    }
    case 'u':
      set_items(pop_from(pop_mark()));
      break;  // SETITEMS
    case 'q':
      remember(number<std::uint8_t>());
      break;
    case 'r':
      remember(number<std::uint32_t>());
      break;
    case '\x94':
      remember(memo_.size());
      break;  // MEMOIZE
    case 'h':
      recall(number<std::uint8_t>());
      break;
    case 'j':
      recall(number<std::uint32_t>());
      break;
    case 'c': {  // GLOBAL
      const auto module = take_line();
      global(module, take_line());
      break;
    }
    case '\x93': {  // STACK_GLOBAL
      const auto *name = std::get_if<std::string>(&pop()->data), *module = std::get_if<std::string>(&pop()->data);
      if (!name || !module) fail("two texts for the name of a function", "something else");
      global(*module, *name);
      break;
    }
    case 'i': {  // INST: names a class and makes one
      const std::string module(take_line());
      fail("plain values and tensors", "an object of " + module + "." + std::string(take_line()) + ", which is not allowed");
    }
    case 'R':
      reduce();
      break;
    case 'b':
      build();
      break;
    case 'Q':
      persistent_id();
      break;
    default: {
      // OBJ, NEWOBJ, extension registries, text forms of protocol 0: nothing that torch.save needs.
      constexpr char kHex[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(opcode);
      fail("plain values and tensors", std::string("opcode 0x") + kHex[byte >> 4] + kHex[byte & 15] + ", which is not allowed");
    }
  }
  return true;
}

void Unpickler::push_text(std::uint64_t length) { push(make(std::string(take(length)))); }

void Unpickler::push_long(std::uint64_t length) {
  const auto digits = take(length);
  if (length <= 8) {
    std::uint64_t bits = !digits.empty() && (digits.back() & 0x80) ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;) bits = (bits << 8) | static_cast<unsigned char>(digits[i]);
    push(make(static_cast<std::int64_t>(bits)));
    return;
  }
  // Beyond 64 bits: the nearest double, with the top byte signed (two's complement).
  double value = static_cast<signed char>(digits.back());
  for (std::size_t i = digits.size() - 1; i-- > 0;) value = value * 256 + static_cast<unsigned char>(digits[i]);
  push(make(value));
}

void Unpickler::append_items(const std::vector<Object*>& items) {
  auto* sequence = std::get_if<Sequence>(&top()->data);
  if (!sequence || sequence->kind == Sequence::tuple) fail("a list or set to add to", kind_of(*top()));
  sequence->items.insert(sequence->items.end(), items.begin(), items.end());
}

void Unpickler::set_items(const std::vector<Object*>& items) {
  auto* dict = std::get_if<Mapping>(&top()->data);
  if (!dict) fail("a dict to add to", kind_of(*top()));
  if (items.size() % 2 != 0) fail("a value for every key", "a key alone");
  for (std::size_t i = 0; i < items.size(); i += 2) dict->entries.emplace_back(items[i], items[i + 1]);
}

}  // namespace scriba::io::detail
