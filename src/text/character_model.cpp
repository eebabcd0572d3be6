#include <scriba/text/character_model.hpp>

#include <fstream>
#include <iterator>
#include <unordered_map>
#include <utility>

#include <scriba/core/write_file.hpp>

namespace scriba {
namespace {

constexpr std::string_view kMagic = "scriba character model 2\n";
constexpr int kLongest = 16;

void require_order(int order, const std::string& where) {
  if (order < 1 || order > kLongest)
    throw Error({.what = "bad character model",
                 .where = where,
                 .expected = "an order of 1 to " + std::to_string(kLongest),
                 .got = std::to_string(order)});
}

// Seven bits a byte, the low ones first; the eighth says that more follow.
void put(std::string& out, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

class Numbers {
 public:
  Numbers(std::string_view bytes, std::string where) : bytes_(bytes), where_(std::move(where)) {}

  std::uint32_t next() {
    std::uint64_t out = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      if (bytes_.empty()) fail("more numbers");
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      out |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) {
        if (out > 0xFFFF'FFFF) break;
        return static_cast<std::uint32_t>(out);
      }
    }
    fail("numbers of 32 bits");
  }
  /// Numbers, at most.
  std::size_t left() const { return bytes_.size(); }
  bool done() const { return bytes_.empty(); }
  [[noreturn]] void fail(const char* expected) const {
    throw Error({.what = "a damaged character model", .where = where_, .expected = expected});
  }

 private:
  std::string_view bytes_;
  std::string where_;
};

// Counts of n-grams as they come: a tree whose edges are found by (node, character).
class Counter {
 public:
  struct Edge {
    std::uint32_t node, count, child;
    char32_t c;
  };

  explicit Counter(const CharacterModelOptions& options) : options_(options) {}

  void line(const std::u32string& characters) {
    std::vector<std::uint32_t> histories{0};  // of 0, 1, 2 ... characters before
    const auto advance = [&](char32_t c, std::uint32_t count) {
      std::vector<std::uint32_t> longer{0};
      for (std::size_t n = 0; n < histories.size(); ++n) {
        const bool keeps = n + 1 < static_cast<std::size_t>(options_.order);
        if (count == 0 && !keeps) continue;
        Edge& edge = edges_[edge_of(histories[n], c)];
        edge.count += count;
        if (!keeps) continue;
        if (edge.child == 0) edge.child = ++nodes_;
        longer.push_back(edge.child);
      }
      histories = std::move(longer);
    };
    advance(CharacterModel::kStart, 0);
    for (const char32_t c : characters) advance(c, 1);
    advance(CharacterModel::kEnd, 1);
  }

  const std::vector<Edge>& edges() const { return edges_; }
  std::uint32_t nodes() const { return nodes_ + 1; }

 private:
  std::size_t edge_of(std::uint32_t node, char32_t c) {
    const auto [found, added] = index_.emplace((std::uint64_t(node) << 32) | c, edges_.size());
    if (added) {
      if (edges_.size() >= options_.max_ngrams)
        throw Error({.what = "too much text for a character model",
                     .expected = "at most " + std::to_string(options_.max_ngrams) + " n-grams (a lower order has fewer)"});
      edges_.push_back({node, 0, 0, c});
    }
    return found->second;
  }

  const CharacterModelOptions& options_;
  std::vector<Edge> edges_;
  std::unordered_map<std::uint64_t, std::size_t> index_;
  std::uint32_t nodes_ = 0;  // besides the root
};

std::u32string characters_of(const std::string& line, std::size_t number) {
  if (!utf8::valid(line)) throw Error({.what = "text is not UTF-8", .where = "line " + std::to_string(number)});
  std::u32string out;
  for (const auto& point : utf8::code_points(line)) out += utf8::value(point);
  return out;
}

}  // namespace

CharacterModel CharacterModel::train(std::span<const std::string> lines, const CharacterModelOptions& options) {
  require_order(options.order, "order");
  Counter counter(options);
  for (std::size_t i = 0; i < lines.size(); ++i) counter.line(characters_of(lines[i], i + 1));

  // Breadth first, each node's edges by character.
  std::vector<std::vector<Counter::Edge>> of_node(counter.nodes());
  for (const auto& edge : counter.edges()) of_node[edge.node].push_back(edge);
  CharacterModel out;
  out.order_ = options.order;
  out.nodes_.clear();
  std::vector<std::uint32_t> order{0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto& edges = of_node[order[i]];
    std::ranges::sort(edges, {}, &Counter::Edge::c);
    out.nodes_.push_back({.first = static_cast<std::uint32_t>(out.edges_.size()), .edges = static_cast<std::uint32_t>(edges.size())});
    for (const auto& edge : edges) {
      if (edge.child != 0) order.push_back(edge.child);
      out.edges_.push_back({edge.c, edge.count, edge.child != 0 ? static_cast<std::uint32_t>(order.size() - 1) : 0});
    }
  }
  out.link();
  return out;
}

void CharacterModel::link() {
  for (State at = 0; at < nodes_.size(); ++at) {  // parents and shorter histories come before
    Node& node = nodes_[at];
    for (std::uint32_t e = node.first; e < node.first + node.edges; ++e) {
      const Edge& edge = edges_[e];
      node.total += edge.count;
      node.types += edge.count > 0 ? 1 : 0;
      if (edge.child != 0) nodes_[edge.child].shorter = at == 0 ? 0 : next(node.shorter, edge.c);
    }
  }
}

std::string CharacterModel::bytes() const {
  std::string bytes(kMagic);
  put(bytes, static_cast<std::uint32_t>(order_));
  put(bytes, static_cast<std::uint32_t>(nodes_.size()));
  for (const Node& node : nodes_) {
    put(bytes, node.edges);
    char32_t before = 0;
    for (std::uint32_t e = node.first; e < node.first + node.edges; ++e) {
      put(bytes, edges_[e].c - before);
      put(bytes, edges_[e].count);
      put(bytes, edges_[e].child != 0 ? 1 : 0);
      before = edges_[e].c;
    }
  }
  return bytes;
}

void CharacterModel::save(const std::filesystem::path& path) const { write_file(path, bytes(), "cannot write a character model"); }

CharacterModel CharacterModel::from_bytes(std::string_view bytes, const std::string& where) {
  if (!bytes.starts_with(kMagic)) throw Error({.what = "not a character model of this version", .where = where});
  Numbers numbers(bytes.substr(kMagic.size()), where);
  CharacterModel out;
  const std::uint32_t order = numbers.next(), nodes = numbers.next();
  if (order < 1 || order > kLongest) numbers.fail("an order of 1 to 16");
  if (nodes < 1 || nodes > numbers.left()) numbers.fail("as many histories as it says");
  out.order_ = static_cast<int>(order);
  out.nodes_.clear();
  std::vector<std::uint8_t> depth(nodes, 0);
  std::uint32_t known = 1;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const std::uint32_t count = numbers.next();
    if (i >= known || count > numbers.left() / 3) numbers.fail("histories one after the other");
    out.nodes_.push_back({.first = static_cast<std::uint32_t>(out.edges_.size()), .edges = count});
    for (std::uint32_t e = 0; e < count; ++e) {
      const std::uint32_t step = numbers.next(), c = (e > 0 ? out.edges_.back().c : 0) + step, times = numbers.next(),
                          has_child = numbers.next();
      if (step > kEnd || c > kEnd || (e > 0 && step == 0)) numbers.fail("characters in order");
      if (has_child > 1 || (has_child == 1 && (known >= nodes || depth[i] + 1u >= order))) numbers.fail("histories shorter than the order");
      if (has_child == 1) depth[known] = static_cast<std::uint8_t>(depth[i] + 1);
      out.edges_.push_back({c, times, has_child == 1 ? known++ : 0});
    }
  }
  if (known != nodes || !numbers.done()) numbers.fail("the end of the file");
  out.link();
  return out;
}

CharacterModel CharacterModel::from_file(const std::filesystem::path& path, const CharacterModelOptions& options) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad())
    throw Error({.what = "cannot read a character model", .where = path.string(), .got = "no such file, or no permission"});
  if (bytes.starts_with(kMagic)) return from_bytes(bytes, path.string());
  std::string_view rest = bytes;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  std::vector<std::string> lines;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!utf8::valid(line)) throw Error({.what = "text is not UTF-8", .where = path.string() + ", line " + std::to_string(number)});
    if (!line.empty()) lines.emplace_back(line);
  }
  if (lines.empty())
    throw Error({.what = "cannot train a character model", .where = path.string(), .expected = "lines of text", .got = "none"});
  return train(lines, options);
}

}  // namespace scriba
