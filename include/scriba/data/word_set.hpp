#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/data/word_list.hpp>
#include <scriba/data/word_lmdb.hpp>
#include <scriba/image/read.hpp>

namespace scriba::data {

/// Words to learn from or to score by: so many, and word i of them. A list in memory whose images are read when they are asked for, or an
/// LMDB file. Cheap to copy; safe from several threads.
class WordSet {
 public:
  WordSet() = default;
  explicit WordSet(std::vector<WordEntry> words) : words_(std::make_shared<const std::vector<WordEntry>>(std::move(words))) {}
  explicit WordSet(WordLmdb lmdb) : lmdb_(std::make_shared<const WordLmdb>(std::move(lmdb))) {}

  /// A folder, or a file called data.mdb: an LMDB. Any other file: a list. Throws Error as their readers do.
  static WordSet open(const std::filesystem::path& path, const WordListOptions& options = {}) {
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed) || path.filename() == "data.mdb") return WordSet(WordLmdb(path));
    return WordSet(read_word_list(path, options));
  }

  std::size_t size() const { return lmdb_ ? lmdb_->size() : words_ ? words_->size() : 0; }

  /// What word i says; UTF-8. Throws Error for an index beyond the set and for a hole in an LMDB.
  std::string text(std::size_t i) const { return lmdb_ ? lmdb_->text(i) : entry(i).text; }

  /// Its image as the file holds it, encoded. Throws Error when it cannot be read or is larger than max_bytes.
  std::vector<unsigned char> bytes(std::size_t i, std::int64_t max_bytes = ImageLimits{}.max_bytes) const {
    return lmdb_ ? lmdb_->bytes(i) : read_image_bytes(entry(i).image, max_bytes);
  }

  /// Its image, 8-bit BGR. Throws Error when it cannot be read.
  cv::Mat image(std::size_t i, const ReadOptions& options = {}) const {
    return lmdb_ ? decode_image(lmdb_->bytes(i), lmdb_->name(i), options) : read_image(entry(i).image, options);
  }

  /// The file of its image; empty in an LMDB.
  std::filesystem::path file(std::size_t i) const { return lmdb_ ? std::filesystem::path() : entry(i).image; }

  /// For messages: the image's path, or its key.
  std::string name(std::size_t i) const { return lmdb_ ? lmdb_->name(i) : entry(i).image.string(); }

 private:
  const WordEntry& entry(std::size_t i) const {
    if (i >= size())
      throw Error(
          {.what = "no such word", .where = "WordSet", .expected = "an index below " + std::to_string(size()), .got = std::to_string(i)});
    return (*words_)[i];
  }

  std::shared_ptr<const std::vector<WordEntry>> words_;
  std::shared_ptr<const WordLmdb> lmdb_;
};

}  // namespace scriba::data
