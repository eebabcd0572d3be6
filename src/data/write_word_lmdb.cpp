#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>  // renameat2

#include <algorithm>
#include <optional>
#include <random>
#include <string_view>
#include <thread>

#include <scriba/data/loader.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/text/utf8.hpp>

#include "label_text.hpp"
#include "lmdb_file.hpp"

namespace scriba::data {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kLmdbFiles[] = {"data.mdb", "lock.mdb"};

// An LMDB being written. Pairs are collected and written some at a time.
class LmdbWriter {
 public:
  explicit LmdbWriter(const fs::path& folder) : name_(folder.string()) {
    need(mdb_env_create(&env_));
    // Without this program's own locks: nobody else knows the folder yet. What is written reaches the disk in finish().
    const int status = mdb_env_set_mapsize(env_, map_size_) | mdb_env_open(env_, folder.c_str(), MDB_NOLOCK | MDB_NOSYNC, 0644);
    if (status != MDB_SUCCESS) mdb_env_close(env_);
    need(status);
  }
  ~LmdbWriter() { mdb_env_close(env_); }
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  void put(std::string key, std::string value) {
    waiting_bytes_ += value.size();
    waiting_.emplace_back(std::move(key), std::move(value));
    if (waiting_bytes_ > kBatchBytes || waiting_.size() > kBatchPairs) write();
  }

  void finish() {
    write();
    need(mdb_env_sync(env_, 1));
  }

 private:
  static constexpr std::size_t kBatchBytes = 32u << 20, kBatchPairs = 4096;

  void need(int status) const {
    if (status != MDB_SUCCESS) throw Error({.what = "cannot write an LMDB", .where = name_, .got = mdb_strerror(status)});
  }

  void write() {
    int status = MDB_SUCCESS;
    while ((status = try_write()) == MDB_MAP_FULL) need(mdb_env_set_mapsize(env_, map_size_ *= 2));
    need(status);
    waiting_.clear();
    waiting_bytes_ = 0;
  }

  int try_write() {
    MDB_txn* transaction = nullptr;
    MDB_dbi table = 0;
    int status = mdb_txn_begin(env_, nullptr, 0, &transaction);
    if (status != MDB_SUCCESS) return status;
    status = mdb_dbi_open(transaction, nullptr, 0, &table);
    for (std::size_t i = 0; status == MDB_SUCCESS && i < waiting_.size(); ++i) {
      MDB_val key = detail::lmdb_value(waiting_[i].first), value = detail::lmdb_value(waiting_[i].second);
      status = mdb_put(transaction, table, &key, &value, 0);
    }
    if (status == MDB_SUCCESS) return mdb_txn_commit(transaction);
    mdb_txn_abort(transaction);
    return status;
  }

  std::string name_;
  MDB_env* env_ = nullptr;
  std::size_t map_size_ = 64u << 20;  // doubled when it is full
  std::vector<std::pair<std::string, std::string>> waiting_;
  std::size_t waiting_bytes_ = 0;
};

// The files of an LMDB, and their folder unless something else is in it.
void remove_lmdb(const fs::path& folder) {
  std::error_code ignored;
  for (const auto name : kLmdbFiles) fs::remove(folder / name, ignored);
  fs::remove(folder, ignored);
}

// Whether nothing is lost where an LMDB takes the place of what is there.
bool replaceable(const fs::path& folder) {
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  return !failed && std::all_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    return std::ranges::find(kLmdbFiles, entry.path().filename().string()) != std::end(kLmdbFiles) && !entry.is_directory();
  });
}

// A folder beside the wanted one, which takes its place when it is complete and else goes.
class NewFolder {
 public:
  explicit NewFolder(fs::path wanted) : wanted_(std::move(wanted)) {
    if (!wanted_.has_filename()) wanted_ = wanted_.parent_path();          // "words/" is "words"
    if (fs::is_symlink(wanted_)) wanted_ = fs::weakly_canonical(wanted_);  // the link stays
    check_wanted();
    made_ = wanted_;
    made_ += ".part" + std::to_string(std::random_device{}());
    std::error_code failed;
    if (!fs::create_directory(made_, failed)) fail("", failed ? failed.message() : "no such place");
  }
  ~NewFolder() { remove_lmdb(made_); }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  const fs::path& path() const { return made_; }

  void take_place() {
    check_wanted();  // again: writing takes a while
    // Exchanged where something is there: at no time is there nothing. What was there goes with the destructor.
    if (fs::exists(wanted_) && renameat2(AT_FDCWD, made_.c_str(), AT_FDCWD, wanted_.c_str(), RENAME_EXCHANGE) == 0) return;
    if (fs::exists(wanted_)) remove_lmdb(wanted_);  // a file system that cannot exchange
    std::error_code failed;
    fs::rename(made_, wanted_, failed);
    if (failed) fail("", failed.message());
  }

 private:
  void check_wanted() const {
    if (fs::exists(wanted_) && !replaceable(wanted_)) fail("a new or empty folder, or one with an LMDB alone to replace", "something else");
  }

  [[noreturn]] void fail(std::string expected, std::string got) const {
    throw Error({.what = "cannot write an LMDB", .where = wanted_.string(), .expected = std::move(expected), .got = std::move(got)});
  }

  fs::path wanted_, made_;
};

struct Sample {
  std::string image, text;
  std::optional<Error> bad;
};

Sample read_sample(const WordSet& words, std::size_t i, bool decode) {
  Sample out;
  try {
    out.text = words.text(i);
    if (out.text.empty() || !utf8::valid(out.text))
      throw Error({.what = "a word cannot be used",
                   .where = words.name(i),
                   .expected = "a text in UTF-8",
                   .got = out.text.empty() ? "an empty text" : "other bytes"});
    const auto bytes = words.bytes(i);
    if (decode) decode_image(bytes, words.name(i));
    out.image.assign(bytes.begin(), bytes.end());
  } catch (const Error& error) {
    out.bad = error;
  }
  return out;
}

}  // namespace

WordLmdbReport write_word_lmdb(const WordSet& words, const fs::path& folder, const WordLmdbOptions& options) {
  NewFolder made(folder);
  WordLmdbReport report;
  {
    LmdbWriter writer(made.path());
    const int threads = options.threads > 0 ? options.threads : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8);
    Loader<Sample> samples([&](std::int64_t i) { return read_sample(words, static_cast<std::size_t>(i), options.decode); }, 0,
                           static_cast<std::int64_t>(words.size()), {.threads = threads, .ahead = static_cast<std::size_t>(4 * threads)});
    while (auto sample = samples.next()) {
      if (sample->bad) {
        detail::report(options.bad_entry, *sample->bad);
        ++report.skipped;
      } else {
        writer.put(detail::word_key("image", report.written), std::move(sample->image));
        writer.put(detail::word_key("label", report.written), std::move(sample->text));
        ++report.written;
      }
      if (options.progress) options.progress(report.written + report.skipped);
    }
    if (report.written == 0)
      throw Error({.what = "cannot write an LMDB",
                   .where = folder.string(),
                   .expected = "words",
                   .got = std::to_string(report.skipped) + " bad entries and no good one"});
    writer.put("num-samples", std::to_string(report.written));
    writer.finish();
  }
  made.take_place();
  return report;
}

}  // namespace scriba::data
