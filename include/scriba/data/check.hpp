#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/data/page.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/text/fold.hpp>

/// Looks through a data set before it is learnt from, and lists everything that is wrong with it.
namespace scriba::data {

struct CheckOptions {
  std::optional<Alphabet> alphabet{};           ///< texts must have its characters alone, and must not be empty
  TextFolding folding{};                        ///< what texts become before the alphabet is asked
  bool images = true;                           ///< read every image
  int threads = 0;                              ///< 0: as many as the machine has, at most 8
  std::function<void(std::size_t)> progress{};  ///< told how many entries are done
};

/// Everything that is wrong, in the order of the pages:
/// - an image that cannot be read, and one that comes twice;
/// - a polygon with fewer than three different corners, with less than a square pixel, with edges that cross, or outside the image: beside
///   it, or with a corner further out than a tenth of the image's side (cut-off text reaches out a little in every data set);
/// - the same polygon twice on a page;
/// - a text that is not UTF-8; with an alphabet, one that is empty or has other characters. Ignored texts may say anything.
std::vector<Error> check_pages(const std::vector<PageEntry>& pages, const CheckOptions& options = {});

/// The same for words: images that cannot be read, keys that are missing, texts that are empty, not UTF-8 or have characters that the
/// alphabet lacks, and images that come twice in a list.
std::vector<Error> check_words(const WordSet& words, const CheckOptions& options = {});

}  // namespace scriba::data
