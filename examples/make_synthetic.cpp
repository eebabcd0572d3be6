// Draws pages and words with exact labels: to test with, and to train on before there are labelled photos.
//
//     make_synthetic --out synthetic --pages 1000 --words-count 5000 --seed 1
//     make_synthetic --out synthetic --pages 1000 --words words.txt --fonts fonts/*.ttf --backgrounds photos
//
// Words are straight or on arcs, turned and in perspective, in the fonts and on the backgrounds given. Pages go to pages/N.jpg with the
// list pages.txt (`image<TAB>JSON`: points and transcription of each word, and of each of its characters), word crops to words/N.png with
// the list words.txt (`image<TAB>text`). The same options and seed draw the same pixels, whatever the number of threads.
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include <scriba/core/make_folder.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/data/loader.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/data/synthetic_text.hpp>
#include <scriba/data/word_list.hpp>
#include <scriba/image/write.hpp>
#include <scriba/text/utf8.hpp>

#include "input_files.hpp"
#include "program.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) out.push_back(line);
  }
  if (out.empty()) throw scriba::Error({.what = "no words", .where = path, .expected = "a file with a word a line"});
  return out;
}

// To a tenth of a pixel.
json points(const scriba::Polygon& polygon) {
  json out = json::array();
  for (const auto& p : polygon) out.push_back({std::round(10.0 * p.x) / 10, std::round(10.0 * p.y) / 10});
  return out;
}

json labels(const scriba::data::SyntheticPage& page) {
  json out = json::array();
  for (std::size_t t = 0; t < page.texts.size(); ++t) {
    json characters = json::array();
    const auto letters = scriba::utf8::code_points(page.texts[t].transcription);
    for (std::size_t c = 0; c < letters.size(); ++c)
      characters.push_back({{"transcription", letters[c]}, {"points", points(page.characters[t][c])}});
    out.push_back({{"transcription", page.texts[t].transcription}, {"points", points(page.texts[t].polygon)}, {"characters", characters}});
  }
  return out;
}

std::string file_name(const char* folder, std::int64_t index, const char* ending) {
  char out[64];
  std::snprintf(out, sizeof out, "%s/%06lld%s", folder, static_cast<long long>(index + 1), ending);
  return out;
}

// Draws and writes item 0 .. count - 1 on several threads; their lines of the list, in order.
std::string draw_all(std::int64_t count, int threads, bool quiet, const char* things,
                     const std::function<std::string(std::int64_t)>& draw) {
  scriba::data::Loader<std::string> lines(draw, 0, count, {.threads = threads, .ahead = static_cast<std::size_t>(4 * threads)});
  Progress progress(static_cast<std::size_t>(count), quiet, things);
  std::string out;
  while (const auto line = lines.next()) out += *line, progress.step();
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Draws pages and words with exact labels.", "make_synthetic");
  std::string out, words;
  std::vector<std::string> fonts, backgrounds;
  std::int64_t pages = 0, crops = 0;
  std::uint64_t seed = 1;
  int threads = 2;
  bool quiet = false;
  scriba::data::SyntheticTextOptions options;
  app.add_option("--out", out, "folder for pages, words and their lists")->required();
  app.add_option("--pages", pages, "how many pages")->check(CLI::Range(0, 100'000'000));
  app.add_option("--words-count", crops, "how many word crops")->check(CLI::Range(0, 100'000'000));
  app.add_option("--seed", seed, "of what is drawn")->capture_default_str();
  app.add_option("--words", words, "a file with a word a line, UTF-8; invented ones unless given");
  app.add_option("--fonts", fonts, "font files; DejaVu's unless given");
  app.add_option("--backgrounds", backgrounds, "images and folders of images; drawn ones unless given");
  app.add_option("--width", options.size.width, "of pages, pixels")->capture_default_str();
  app.add_option("--height", options.size.height, "of pages, pixels")->capture_default_str();
  app.add_option("--min-texts", options.texts.low, "words on a page, at least")->capture_default_str();
  app.add_option("--max-texts", options.texts.high, "words on a page, at most")->capture_default_str();
  app.add_option("--min-letters", options.height.low, "height of letters, at least, pixels")->capture_default_str();
  app.add_option("--max-letters", options.height.high, "height of letters, at most, pixels")->capture_default_str();
  app.add_option("--curved", options.curved, "share of words on an arc, 0..1")->capture_default_str();
  app.add_option("--threads", threads, "that draw")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_flag("--quiet", quiet, "no progress");
  return run_program(app, argc, argv, [&] {
    if (pages == 0 && crops == 0) throw scriba::Error({.what = "nothing to draw", .expected = "--pages or --words-count"});
    if (!words.empty()) options.words = lines_of(words);
    options.fonts.assign(fonts.begin(), fonts.end());
    if (!backgrounds.empty())
      for (const auto& file : input_files(backgrounds)) options.backgrounds.push_back(file);
    const scriba::data::SyntheticText text(options);
    const fs::path folder(out);
    if (pages > 0) {
      scriba::make_folder(folder / "pages");
      std::atomic<std::size_t> texts = 0;
      const auto list = draw_all(pages, threads, quiet, "pages", [&](std::int64_t i) {
        const auto page = text.page(seed, i);
        const auto name = file_name("pages", i, ".jpg");
        scriba::write_image(folder / name, page.image);
        texts += page.texts.size();
        return name + '\t' + labels(page).dump() + '\n';
      });
      scriba::write_file(folder / "pages.txt", list);
      std::cout << (folder / "pages.txt").string() << ": " << pages << " pages, " << texts << " texts\n";
    }
    if (crops > 0) {
      scriba::make_folder(folder / "words");
      const auto list = draw_all(crops, threads, quiet, "words", [&](std::int64_t i) {
        const auto word = text.word(seed, i);
        const auto name = file_name("words", i, ".png");
        scriba::write_image(folder / name, word.image);
        return scriba::data::word_list({{name, word.text}});
      });
      scriba::write_file(folder / "words.txt", list);
      std::cout << (folder / "words.txt").string() << ": " << crops << " words\n";
    }
    return 0;
  });
}
