#pragma once

#include <cstdlib>
#include <filesystem>

namespace scriba::zoo {

/// Folder of the pretrained ONNX files: the environment's SCRIBA_MODELS, else where setup.sh puts them.
inline std::filesystem::path pretrained_folder() {
  if (const char* set = std::getenv("SCRIBA_MODELS"); set && *set) return set;
  std::filesystem::path deps;
  if (const char* set = std::getenv("SCRIBA_DEPS"); set && *set)
    deps = set;
  else if (const char* home = std::getenv("HOME"); home && *home)
    deps = std::filesystem::path(home) / ".cache" / "scriba";
  return deps / "rapidocr-3.10.0" / "rapidocr" / "models";
}

/// PP-OCRv6 small, fine-tuned to single words in photographs: Scriba's own, in its folder `models`. See pp_ocr_words().
inline constexpr const char* kWordDetectorFile = "pp_ocr_v6_small_words_detector.pt";
inline constexpr const char* kWordRecognizerFile = "pp_ocr_v6_small_words_recognizer.pt";

inline constexpr const char* kPpOcrV6DetectorFile = "PP-OCRv6_det_small.onnx";
inline constexpr const char* kPpOcrV6RecognizerFile = "PP-OCRv6_rec_small.onnx";
inline constexpr const char* kPpOcrV2DirectionFile = "ch_ppocr_mobile_v2.0_cls_mobile.onnx";

}  // namespace scriba::zoo
