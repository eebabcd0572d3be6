#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>

#include <scriba/engine/options.hpp>
#include <scriba/image/network_input.hpp>
#include <scriba/page_text.hpp>
#include <scriba/postprocess/db_regions.hpp>
#include <scriba/text/alphabet.hpp>
#include <scriba/zoo/pretrained.hpp>
#include <scriba/zoo/text_search.hpp>

/// PP-OCRv6 small ready to use, its engine chosen at run time. Compiled once, so that a program that only reads text compiles in seconds
/// and includes no torch header; zoo/pp_ocr.hpp has the types behind it.
namespace scriba::zoo {

/// What is to differ from a detector's own settings.
struct DetectorChanges {
  std::optional<int> side = {};             ///< pixels that the shorter side (PSENet, SAST: the longer one) is brought to
  std::optional<float> threshold = {};      ///< a pixel is text above this probability, 0..1
  std::optional<float> box_threshold = {};  ///< a region is kept from this score on, 0..1; not for SAST
  std::optional<float> unclip_ratio = {};   ///< how far regions grow; DB only
  std::optional<postprocess::RegionShape> shape = {};
  /// false: batch norms stay layers of their own, which is slower; for comparing. Without effect on files that hold a folded network.
  bool fold = true;
};

struct PpOcrOptions {
  /// ONNX, TorchScript, or what training wrote (io::save_composed); empty: the pretrained PP-OCRv6 small and v2.0 files. Trained files and
  /// those that deploy wrote, of any detector and recogniser, bring their own settings and alphabet.
  std::filesystem::path detector_file = {}, recognizer_file = {};
  std::filesystem::path direction_file = {};              ///< ONNX
  std::optional<Alphabet> alphabet = {};                  ///< instead of the one in an ONNX recogniser file
  std::optional<DetectorInput> input = {};                ///< unset: the file's, or for ONNX files DetectorInput{}
  std::optional<postprocess::DbBoxesOptions> boxes = {};  ///< unset: the file's, or for ONNX files db_boxes_pp_ocr()
  DetectorChanges changes = {};                           ///< applied after the two
  TextSearch search = {};
  std::optional<LineInput> line =
      {};                 ///< of the recogniser; unset: the file's, or for ONNX files LongLines::split and TallLines::best_turn
  bool direction = true;  ///< look for lines that stand upside down
  /// Kind::automatic: OpenVINO for ONNX files, LibTorch for trained ones and in a build without OpenVINO. Others get a trained network as
  /// ONNX, which takes some seconds.
  engine::Choice engine = {};
  ReaderOptions reader = {};
};

/// What a detector's network gave for an image: regions can be read off it again, with other thresholds.
struct DetectorMaps {
  std::vector<std::pair<std::string, cv::Mat>> maps = {};  ///< by the names of the head's outputs: [1, C, H, W], float32
  cv::Size source = {};                                    ///< of the image
  double prepare_ms{}, network_ms{};                       ///< wall-clock time of resizing and normalising, and of the network
};

/// A detector, a recogniser and a reader. Copies share their networks; all may be called from several threads at once.
/// `engine` names what runs the networks.
struct RegionFinder {
  std::function<std::vector<TextRegion>(const cv::Mat& image)> predict;
  std::string engine;
  DetectorChanges settings = {};  ///< what it works with; unset: the detector has no such option
  bool classes = false;           ///< it tells kinds of text apart: TextRegion::class_id

  /// predict() in two halves. The first runs the network, the second reads its maps; `changes` of thresholds and shape count, others do
  /// not. Throws Error for an option that the detector does not have.
  std::function<DetectorMaps(const cv::Mat& image)> maps = {};
  std::function<std::vector<TextRegion>(const DetectorMaps& maps, const DetectorChanges& changes)> regions = {};
  /// The same detector with its batch norms, loaded anew; empty when its file holds none.
  std::function<RegionFinder()> unfolded = {};
};
struct LineReader {
  std::function<std::vector<Transcript>(std::span<const cv::Mat> crops)> predict;
  std::string engine;
};
struct PageReader {
  std::function<PageText(const cv::Mat& image)> read;
  std::string engine;
};

/// The networks that find and read single words in photographs (printable ASCII), instead of lines in 50 languages: options with both
/// files. They are looked for in SCRIBA_MODELS, in the source folder that Scriba was built from, and where it was installed.
/// Throws Error when they are in none.
PpOcrOptions pp_ocr_words();

/// Each throws Error when a file is missing or is not what it should be, or when this build lacks the engine.
RegionFinder pp_ocr_detector(const PpOcrOptions& options = {});
LineReader pp_ocr_recognizer(const PpOcrOptions& options = {});
PageReader pp_ocr_reader(const PpOcrOptions& options = {});

}  // namespace scriba::zoo
