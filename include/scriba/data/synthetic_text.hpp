#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/range.hpp>
#include <scriba/geometry/polygon.hpp>
#include <scriba/target/text_annotation.hpp>

/// Drawn pages and words with exact labels, for tests and for a first training. After Gupta et al., "Synthetic Data for Text Localisation
/// in Natural Images" (CVPR 2016) in spirit, without its depth maps.
namespace scriba::data {

struct SyntheticTextOptions {
  std::vector<std::string> words{};            ///< what is written, UTF-8; empty: invented words, numbers and codes in ASCII
  std::vector<std::filesystem::path> fonts{};  ///< files; each must have all characters. Empty: DejaVu's where they are, else OpenCV's
                                               ///< strokes, which know ASCII alone
  bool strokes = false;                        ///< OpenCV's strokes instead of fonts
  std::vector<std::filesystem::path> backgrounds{};  ///< images; parts of them lie behind the text. Empty: gradients, shapes and noise
  cv::Size size{640, 640};                           ///< of a page, pixels
  augment::WholeRange texts{4, 12};                  ///< words on a page; fewer where there is no room
  augment::WholeRange height{18, 56};                ///< of letters, pixels
  double curved = 0.3;                               ///< share of words on an arc, 0..1
  augment::Range rotation{-20, 20};                  ///< degrees
  double perspective = 0.2;                          ///< by how much one end of a word may be larger than the other, 0..0.5
};

struct SyntheticPage {
  cv::Mat image;                                   ///< 8-bit BGR
  std::vector<target::TextAnnotation> texts{};     ///< 4 corners; on an arc 2 corners for each step. Words do not overlap and lie inside
  std::vector<std::vector<Polygon>> characters{};  ///< of each text: a quad for each code point, spaces too
};

/// Draws pages and words. What is drawn depends on the options, seed and index alone: not on the order of calls, nor on the thread.
/// Safe from several threads.
class SyntheticText {
 public:
  /// Throws Error for options out of range, words that are empty or not UTF-8, fonts and backgrounds that cannot be read.
  explicit SyntheticText(SyntheticTextOptions options = {});

  /// A word of which nothing can be seen, because the font has no such characters, is left out.
  SyntheticPage page(std::uint64_t seed, std::int64_t index) const;

  /// A crop with one word, straight or bent, with a margin of a few pixels.
  augment::Word word(std::uint64_t seed, std::int64_t index) const;

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

/// Files of fonts that are usually installed with DejaVu; those that exist.
std::vector<std::filesystem::path> system_fonts();

}  // namespace scriba::data
