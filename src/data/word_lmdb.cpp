#include <scriba/data/word_lmdb.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <system_error>

#include <lmdb.h>

#include "label_text.hpp"
#include "lmdb_file.hpp"

namespace scriba::data {

namespace fs = std::filesystem;

namespace detail {

std::string word_key(const char* kind, std::size_t i) {
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%s-%09zu", kind, i + 1);
  return out.data();
}

MDB_val lmdb_value(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

}  // namespace detail

struct WordLmdb::Environment {
  std::string name;
  MDB_env* env = nullptr;
  MDB_dbi table = 0;

  explicit Environment(const fs::path& path) : name(path.string()) {
    try {
      open(path);
    } catch (...) {
      mdb_env_close(env);
      throw;
    }
  }
  ~Environment() { mdb_env_close(env); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[noreturn]] void fail(std::string expected, std::string got) const {
    throw Error({.what = "cannot read an LMDB of words", .where = name, .expected = std::move(expected), .got = std::move(got)});
  }
  void need(int status) const {
    if (status != MDB_SUCCESS) fail("an LMDB file", mdb_strerror(status));
  }

  void open(const fs::path& path) {
    std::error_code failed;
    const auto file = fs::is_directory(path, failed) ? path / "data.mdb" : path;
    const auto size = fs::file_size(file, failed);
    if (failed) fail("a folder with data.mdb", failed.message());
    if (size == 0) fail("an LMDB file", "an empty file");
    need(mdb_env_create(&env));
    need(mdb_env_open(env, file.c_str(), MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR | MDB_NOTLS, 0644));
    MDB_envinfo info{};
    MDB_stat stat{};
    need(mdb_env_info(env, &info));
    need(mdb_env_stat(env, &stat));
    // Reading a page beyond the file's end would be a bus error.
    if (stat.ms_psize < 512 || info.me_last_pgno >= size / stat.ms_psize)
      fail(std::to_string(info.me_last_pgno + 1) + " pages of " + std::to_string(stat.ms_psize) + " bytes",
           "a file of " + std::to_string(size) + " bytes, cut off");
    MDB_txn* transaction = nullptr;
    need(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction));
    const int status = mdb_dbi_open(transaction, nullptr, 0, &table);
    // The handle is kept when its transaction is committed.
    if (status == MDB_SUCCESS)
      need(mdb_txn_commit(transaction));
    else
      mdb_txn_abort(transaction);
    need(status);
  }

  // A copy of the value, or nothing.
  template <class Out>
  bool get(const std::string& key, Out& out) const {
    MDB_txn* transaction = nullptr;
    need(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction));
    MDB_val wanted = detail::lmdb_value(key), value{};
    const int status = mdb_get(transaction, table, &wanted, &value);
    if (status == MDB_SUCCESS) {
      const auto* begin = static_cast<const unsigned char*>(value.mv_data);
      out.assign(begin, begin + value.mv_size);
    }
    mdb_txn_abort(transaction);
    if (status != MDB_NOTFOUND) need(status);
    return status == MDB_SUCCESS;
  }

  template <class Out>
  Out value(const char* kind, std::size_t i, std::size_t size) const {
    if (i >= size) fail("an index below " + std::to_string(size), std::to_string(i));
    Out out;
    const auto key = detail::word_key(kind, i);
    if (!get(key, out)) fail("the key " + key, "no such key: num-samples counts words that are not there");
    return out;
  }
};

WordLmdb::WordLmdb(const fs::path& path) : environment_(std::make_shared<const Environment>(path)) {
  std::string count;
  if (!environment_->get("num-samples", count)) environment_->fail("the key num-samples", "none");
  const auto [end, failed] = std::from_chars(count.data(), count.data() + count.size(), size_);
  if (failed != std::errc() || end != count.data() + count.size()) environment_->fail("a number as num-samples", detail::quoted(count));
}

std::vector<unsigned char> WordLmdb::bytes(std::size_t i) const {
  return environment_->value<std::vector<unsigned char>>("image", i, size_);
}

std::string WordLmdb::text(std::size_t i) const { return environment_->value<std::string>("label", i, size_); }

std::string WordLmdb::name(std::size_t i) const { return environment_->name + ", " + detail::word_key("image", i); }

}  // namespace scriba::data
