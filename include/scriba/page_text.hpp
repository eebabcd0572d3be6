#pragma once

#include <string>
#include <vector>

#include <opencv2/core/types.hpp>

#include <scriba/geometry/polygon.hpp>
#include <scriba/geometry/reading_order.hpp>
#include <scriba/image/crop.hpp>
#include <scriba/image/resize.hpp>
#include <scriba/text/transcript.hpp>

namespace scriba {

/// One line of text on a page.
struct TextLine {
  std::string text;
  float score{};            ///< of the text, 0..1
  Polygon box;              ///< source pixels, clockwise from the start of the text
  float detection_score{};  ///< of the region, 0..1
  bool turned{};            ///< the line stood upside down and was read turned by 180 degrees
  std::vector<CharacterSpan> characters;
  std::vector<Quad> character_boxes{};  ///< one a character, source pixels, clockwise from its top left as it is read; empty when not known
};

/// Milliseconds of wall-clock time.
struct StageTimes {
  double detect{}, direction{}, recognize{}, total{};
};

/// The text of one image, in reading order.
struct PageText {
  cv::Size size;  ///< of the image
  std::vector<TextLine> lines = {};
  StageTimes ms = {};
};

struct ReaderOptions {
  PageLimits page = {};
  CropOptions crop = {};
  ReadingOrder order = ReadingOrder::rows;
  float turn_score = 0.9f;  ///< a line is turned by 180 degrees when the classifier is surer than this
  float min_score = 0.5f;   ///< lines with a lower score are dropped; so are blank ones
};

}  // namespace scriba
