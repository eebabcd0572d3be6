#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <scriba/data/bad_entry.hpp>

/// Words in an LMDB file: one file instead of millions, in the layout that recognisers share (CRNN's, the reference's): the keys
/// `image-%09d` (an encoded image), `label-%09d` (its text), from 1 on, and `num-samples`.
namespace scriba::data {

class WordSet;

/// An LMDB of words, opened for reading. Safe from several threads: every call has its own transaction. Nothing is written, no lock file
/// either, so read-only disks will do; do not let another program write to it meanwhile.
///
/// The file is mapped into memory. One that is cut off is refused; one that is damaged inside can end the program, as LMDB itself trusts
/// its pages.
class WordLmdb {
 public:
  /// `path`: the folder that holds data.mdb, or that file. Throws Error when it is no LMDB of words.
  explicit WordLmdb(const std::filesystem::path& path);

  /// What `num-samples` says.
  std::size_t size() const { return size_; }

  /// The encoded image of word i, from 0. Throws Error where the key is missing: files that other programs wrote have such holes.
  std::vector<unsigned char> bytes(std::size_t i) const;
  /// Its text; throws as bytes() does.
  std::string text(std::size_t i) const;

  /// "words.lmdb, image-000000007", for messages.
  std::string name(std::size_t i) const;

 private:
  struct Environment;
  std::shared_ptr<const Environment> environment_;
  std::size_t size_{};
};

struct WordLmdbOptions {
  int threads = 0;                              ///< that read and decode images; 0: as many as the machine has, at most 8
  bool decode = true;                           ///< look whether every image can be decoded
  BadEntry bad_entry{};                         ///< what to do with a word that cannot be used
  std::function<void(std::size_t)> progress{};  ///< told how many words are done
};

struct WordLmdbReport {
  std::size_t written{};
  std::size_t skipped{};  ///< bad entries
};

/// Writes the words into an LMDB in `folder`, in their order, numbered without holes: what is a bad entry (an image that cannot be read or
/// decoded, an empty text or one that is not UTF-8) takes no number. The result depends on the words alone, not on the threads. A few
/// images a thread are in memory at a time.
///
/// Whole or not at all: an LMDB that is there already stays until the new one is complete. Throws Error for a folder that holds anything
/// but data.mdb and lock.mdb, one that cannot be written, and a set without any good word.
WordLmdbReport write_word_lmdb(const WordSet& words, const std::filesystem::path& folder, const WordLmdbOptions& options = {});

}  // namespace scriba::data
