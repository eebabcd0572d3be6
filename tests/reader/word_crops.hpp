#pragma once
// Word crops for tests of the pretrained recogniser: drawn ones, and real ones from the optional folder.

#include <opencv2/imgproc.hpp>

#include <string>
#include <vector>

#include <scriba/data/word_list.hpp>
#include <scriba/image/read.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include "support/golden.hpp"

namespace word_crops {

inline golden::fs::path recognizer_file() {
  return golden::fs::path(SCRIBA_DEPS) / "rapidocr-3.10.0" / "rapidocr" / "models" / scriba::zoo::kPpOcrV6RecognizerFile;
}

inline scriba::zoo::PpOcrOptions settings(scriba::engine::Kind engine = scriba::engine::Kind::automatic) {
  scriba::zoo::PpOcrOptions options;
  options.recognizer_file = recognizer_file();
  options.engine.kind = engine;
  options.engine.openvino.threads = 2;
  return options;
}

/// Black on white, `height` rows.
inline cv::Mat drawn(const std::string& text, int height = 40) {
  const double scale = height / 44.0;
  const auto size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, scale, 2, nullptr);
  cv::Mat out(height, size.width + height / 2, CV_8UC3, cv::Scalar::all(255));
  cv::putText(out, text, {height / 4, (height + size.height) / 2}, cv::FONT_HERSHEY_SIMPLEX, scale, cv::Scalar::all(0), 2, cv::LINE_AA);
  return out;
}

/// The first words of IIIT5K's validation part; none, with one line saying so, without the folder.
inline std::vector<cv::Mat> real(std::size_t count) {
  const auto list = golden::shared() / "data/iiit5k/train.tags";
  std::vector<cv::Mat> out;
  if (golden::absent(list)) return out;
  const auto words = scriba::data::read_word_list(list);
  for (std::size_t i = 1600; i < words.size() && out.size() < count; ++i) out.push_back(scriba::read_image(words[i].image));
  return out;
}

}  // namespace word_crops
