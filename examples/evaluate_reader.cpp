// Scores finding and reading together, on images with labels: a text counts when its place and what it says are right.
//
//     evaluate_reader --images ch4_test_images --gt ch4_test_gt
//     evaluate_reader --images ... --gt ... --det-weights words.pt --rec-weights words_rec.pt --lexicon GenericVocabulary.txt
//     evaluate_reader --images ... --gt ... --lexicon voc_per_image --word-spotting
//
// With --lexicon, what is read becomes the nearest word of a file, or of the file of each image (voc_NAME.txt, NAME.txt) of a folder.
// The last line is `precision P recall R hmean H`, in percent.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/metric/end_to_end.hpp>
#include <scriba/text/nearest_word.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include "engine_options.hpp"
#include "input_files.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error;
using scriba::metric::ReadText;

std::string lower(const std::string& text) {
  std::string out;
  for (const char32_t c : scriba::metric::detail::lower_code_points(text)) scriba::utf8::append(out, c);
  return out;
}

// One word a line, folded to lower case beside it.
struct Words {
  std::vector<std::string> words, folded;

  explicit Words(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Error({.what = "cannot read a lexicon", .where = path.string(), .got = "no such file"});
    for (std::string line; std::getline(file, line);) {
      if (words.empty() && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (line.empty()) continue;
      folded.push_back(lower(line));
      words.push_back(std::move(line));
    }
  }
};

class Lexicons {
 public:
  explicit Lexicons(const fs::path& path) {
    if (path.empty()) return;
    if (fs::is_directory(path))
      folder_ = path;
    else
      all_.emplace(path);
  }

  // What `text` is taken for on the image of that name; empty: nothing that is in the lexicon.
  std::string operator()(const std::string& text, const std::string& image, double least) {
    if (!all_ && folder_.empty()) return text;
    if (!folder_.empty() && image != image_) {
      const auto file = [&] {
        for (const auto& name : {"voc_" + image + ".txt", image + ".txt"})
          if (fs::exists(folder_ / name)) return folder_ / name;
        throw Error({.what = "no lexicon of an image", .where = (folder_ / ("voc_" + image + ".txt")).string(), .got = "no such file"});
      }();
      all_.emplace(file);
      image_ = image;
    }
    const auto nearest = scriba::nearest_word(lower(text), all_->folded);
    return nearest && nearest->similarity >= least ? all_->words[nearest->index] : std::string();
  }

 private:
  fs::path folder_;
  std::string image_;
  std::optional<Words> all_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores finding and reading together; the last line is: precision P recall R hmean H, in percent.", "evaluate_reader");
  std::vector<std::string> images;
  std::string labels, lexicon, misses, dictionary;
  scriba::zoo::PpOcrOptions options;
  scriba::metric::EndToEndOptions rules;
  double least = 0.5;
  std::size_t limit = 0;
  bool quiet = false, no_direction = false;
  app.add_option("--images", images, "images and folders of images")->required();
  app.add_option("--gt", labels, "folder of label files gt_NAME.txt or NAME.txt, of any form that Scriba reads")->required();
  app.add_option("--det-weights", options.detector_file, "detector: ONNX, or what train_detector wrote");
  app.add_option("--rec-weights", options.recognizer_file, "recogniser: ONNX, or what train_recognizer wrote");
  app.add_option("--lang-dict", dictionary, "alphabet of the recogniser, when its file has none: one character a line");
  const EngineOptions engine(app);
  app.add_option("--threshold", options.changes.threshold, "a pixel is text above this, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_option("--box-threshold", options.changes.box_threshold, "a region is kept from this score on, 0..1")
      ->check(CLI::Range(0.f, 1.f));
  app.add_option("--unclip", options.changes.unclip_ratio, "how far regions grow")->check(CLI::Range(0.1f, 10.f));
  app.add_option("--min-score", options.reader.min_score, "readings below are left out, 0..1")
      ->check(CLI::Range(0.f, 1.f))
      ->capture_default_str();
  app.add_flag("--best-path{false}", options.search.own_language, "do not use the character model that trained weights may bring");
  app.add_flag("--no-direction", no_direction, "do not look for lines that stand upside down");
  app.add_option("--lexicon", lexicon, "words that texts consist of: a file, one a line, or a folder with a file for each image");
  app.add_option("--lexicon-similarity", least, "readings less like every word of the lexicon are left out, 0..1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_flag("--word-spotting", rules.word_spotting, "only words of three letters or more count");
  app.add_option("--misses", misses, "file for every text that was missed or misread and every reading that is wrong");
  app.add_option("--limit", limit, "only the first N images");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    auto files = input_files(images);
    if (limit > 0 && limit < files.size()) files.resize(limit);
    // All labels first: a bad line is said at once and not after an hour.
    std::vector<std::vector<scriba::target::TextAnnotation>> truths;
    for (const auto& file : files) {
      const auto name = fs::path(file).stem().string();
      const auto found = scriba::data::find_labels(labels, name);
      if (found.empty())
        throw Error(
            {.what = "no labels of an image", .where = (fs::path(labels) / ("gt_" + name + ".txt")).string(), .got = "no such file"});
      truths.push_back(scriba::data::read_page_labels(found));
    }
    Lexicons lexicons(lexicon);
    options.direction = !no_direction;
    if (!dictionary.empty()) options.alphabet = scriba::Alphabet::from_file(dictionary, /*space_last=*/true);
    options.engine = engine.choice();
    const auto reader = scriba::zoo::pp_ocr_reader(options);

    scriba::metric::EndToEnd protocol(rules);
    std::ostringstream errors;
    double seconds = 0;
    std::size_t texts = 0, ignored = 0, readings = 0;
    {
      Progress progress(files.size(), quiet);
      for (std::size_t i = 0; i < files.size(); ++i) {
        const auto name = fs::path(files[i]).stem().string();
        const auto image = read_input(files[i]);
        const auto start = std::chrono::steady_clock::now();
        const auto page = reader.read(image);
        seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::vector<ReadText> read;
        for (const auto& line : page.lines)
          if (auto text = lexicons(line.text, name, least); !text.empty()) read.push_back({line.box, std::move(text)});
        const auto result = protocol.add(truths[i], read);
        texts += truths[i].size(), ignored += result.ignored_truths.size(), readings += read.size();
        const auto matched = [&](auto member, std::size_t index) {
          return std::ranges::any_of(result.matches, [&](const auto& match) { return match.*member == index; });
        };
        using Match = scriba::metric::DetectionMatch;
        for (std::size_t t = 0; t < truths[i].size(); ++t)
          if (!std::ranges::count(result.ignored_truths, t) && !matched(&Match::truth, t))
            errors << name << "\tmissed\t" << truths[i][t].transcription << '\n';
        for (std::size_t d = 0; d < read.size(); ++d)
          if (!std::ranges::count(result.ignored_detections, d) && !matched(&Match::detection, d))
            errors << name << "\twrong\t" << read[d].text << '\n';
        progress.step();
      }
    }
    if (!misses.empty()) scriba::write_file(misses, errors.str());
    const auto score = protocol.score();
    std::cout << (rules.word_spotting ? "word spotting, " : "end to end, ") << files.size() << " images, " << texts << " texts of which "
              << ignored << " ignored, " << readings << " readings, " << reader.engine << ", "
              << std::lround(1000 * seconds / static_cast<double>(files.size())) << " ms an image\n"
              << std::fixed << std::setprecision(2) << "precision " << 100 * score.precision << " recall " << 100 * score.recall
              << " hmean " << 100 * score.hmean() << '\n';
    return 0;
  });
}
