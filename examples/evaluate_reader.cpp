// Scores finding and reading together, on images with labels: a text counts when its place and what it says are right.
//
//     evaluate_reader --images ch4_test_images --gt ch4_test_gt
//     evaluate_reader --images ... --gt ... --det-weights words.pt --rec-weights words_rec.pt --lexicon GenericVocabulary.txt
//     evaluate_reader --images ... --gt ... --lexicon voc_per_image --word-spotting
//     evaluate_reader --gt ch4_test_gt --results submission --misses misses.txt
//
// Images and labels are named as for evaluate_detector. With --lexicon, what is read becomes the nearest word of a file, or of the file of
// each image (voc_NAME.txt, NAME.txt) of a folder. What was read can be kept as result files (--save), and such files of any reader can be
// scored again (--results). The last line is `precision P recall R hmean H`, in percent.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <optional>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/icdar_results.hpp>
#include <scriba/image/write.hpp>
#include <scriba/metric/end_to_end.hpp>
#include <scriba/text/nearest_word.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include "detection_errors.hpp"
#include "engine_options.hpp"
#include "labelled_pages.hpp"

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

  // What the texts are taken for on the image of that name, without those that are nothing in the lexicon. No lexicon: as they are.
  std::vector<ReadText> operator()(std::vector<ReadText> read, const std::string& image, double least) {
    if (!all_ && folder_.empty()) return read;
    for (auto& one : read) one.text = word(one.text, image, least);
    std::erase_if(read, [](const auto& one) { return one.text.empty(); });
    return read;
  }

 private:
  std::string word(const std::string& text, const std::string& image, double least) {
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

  fs::path folder_;
  std::string image_;
  std::optional<Words> all_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores finding and reading together; the last line is: precision P recall R hmean H, in percent.", "evaluate_reader");
  std::string results, saved, lexicon, misses, drawing, dictionary;
  scriba::zoo::PpOcrOptions options;
  scriba::metric::EndToEndOptions rules;
  double least = 0.5;
  bool quiet = false, no_direction = false;
  LabelledPages labelled(app);
  auto* scored =
      app.add_option("--results", results,
                     "score the files res_NAME.txt of this folder, x1,y1,x2,y2,x3,y3,x4,y4,text a line, instead of running a reader");
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
  app.add_option("--save", saved, "folder for result files res_NAME.txt")->excludes(scored);
  app.add_option("--draw", drawing,
                 "folder for pictures of the images that are not all right: labels green, readings red, missed texts blue");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    const auto pages = labelled.read(/*with_images=*/results.empty());
    const auto missing = prepare_scoring(pages, results, saved, drawing);

    Lexicons lexicons(lexicon);
    options.direction = !no_direction;
    if (!dictionary.empty()) options.alphabet = scriba::Alphabet::from_file(dictionary, /*space_last=*/true);
    options.engine = engine.choice();
    std::optional<scriba::zoo::PageReader> reader;
    if (results.empty()) reader = scriba::zoo::pp_ocr_reader(options);

    scriba::metric::EndToEnd protocol(rules);
    std::ostringstream list;
    double seconds = 0;
    std::size_t texts = 0, ignored = 0, readings = 0;
    {
      Progress progress(pages.size(), quiet);
      for (const auto& page : pages) {
        std::vector<ReadText> read;
        cv::Mat image;
        if (reader) {
          image = read_input(page.image);
          const auto start = std::chrono::steady_clock::now();
          auto lines = reader->read(image).lines;
          seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
          for (auto& line : lines) read.push_back({std::move(line.box), std::move(line.text)});
        } else if (const auto file = result_file(results, page); fs::is_regular_file(file)) {
          read = scriba::data::read_icdar_readings(file);
        }
        // As in a result file, so that a file scores as the program that wrote it.
        const auto content = scriba::data::icdar_readings(lexicons(std::move(read), page.name, least));
        read = scriba::data::parse_icdar_readings(content, page.name);
        if (!saved.empty()) scriba::write_file(result_file(saved, page), content);
        const auto result = protocol.add(page.texts, read);
        texts += page.texts.size(), ignored += result.ignored_truths.size(), readings += read.size();
        std::vector<scriba::Polygon> regions;
        std::vector<std::string> said;
        for (auto& one : read) regions.push_back(std::move(one.polygon)), said.push_back(std::move(one.text));
        const DetectionErrors errors(result, page.texts.size(), read.size());
        list_errors(list, page.name, errors, page.texts, regions, said);
        if (!drawing.empty() && errors.any()) {
          auto picture = drawn_errors(image.empty() ? read_input(page.image) : image, errors, page.texts, regions);
          write_errors(picture, errors, page.texts, regions, said);
          scriba::write_image(fs::path(drawing) / (page.name + ".png"), picture);
        }
        progress.step();
      }
    }
    if (!misses.empty()) scriba::write_file(misses, list.str());
    const auto score = protocol.score();
    std::cout << (rules.word_spotting ? "word spotting, " : "end to end, ") << pages.size() << " images, " << texts << " texts of which "
              << ignored << " ignored, " << readings << " readings";
    if (missing > 0) std::cout << ", " << missing << " without a result file";
    if (reader)
      std::cout << ", " << reader->engine << ", " << std::lround(1000 * seconds / static_cast<double>(pages.size())) << " ms an image";
    std::cout << '\n'
              << std::fixed << std::setprecision(2) << "precision " << 100 * score.precision << " recall " << 100 * score.recall
              << " hmean " << 100 * score.hmean() << '\n';
    return 0;
  });
}
