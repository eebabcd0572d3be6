// Scores a recogniser on word crops with labels.
//
//     evaluate_recognizer --data test/gt.txt --alphanumeric
//     evaluate_recognizer --data IIIT5K/test.tags --data icdar2015/gt.txt --alphanumeric --tables --misses misses.txt
//     evaluate_recognizer --data test/gt.txt --results texts.txt
//
// A list has a crop a line: `image<TAB>text`, `image text` (IIIT5K) or `image, "text"` (ICDAR). What is read can be kept as a list of the
// first form (--save), and such a list of any program can be scored again (--results). Several lists are scored one by one and together.
// The last line is `accuracy A ned N words M`: words that are right and 1-NED, both in percent, of all words.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/word_list.hpp>
#include <scriba/metric/word_accuracy.hpp>

#include "input_files.hpp"
#include "program.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error, scriba::data::WordEntry;
using scriba::metric::WordGroups, scriba::metric::WordScore;

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100 * share;
  return out.str();
}

// A data set: its words from `skip` on, at most `limit` of them.
struct WordSet {
  std::string name;
  fs::path folder;
  std::vector<WordEntry> words;

  WordSet(const std::string& list, const fs::path& images, std::size_t skip, std::size_t limit)
      : name(list),
        folder(images.empty() ? fs::path(list).parent_path() : images),
        words(scriba::data::read_word_list(list, {.root = images})) {
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(std::min(skip, words.size())));
    if (limit > 0 && words.size() > limit) words.resize(limit);
    if (words.empty()) throw Error({.what = "nothing to score", .where = name, .expected = "at least one word"});
  }

  std::string image_name(const WordEntry& word) const { return word.image.lexically_relative(folder.empty() ? "." : folder).string(); }
};

// What was read in a crop; the crop's size, when there was one.
struct Reading {
  std::string text;
  float score{};
  cv::Size crop{};
};

std::vector<Reading> read_words(const scriba::zoo::LineReader& recognizer, std::span<const WordEntry> words, Progress& progress,
                                double& seconds) {
  constexpr std::size_t kAtOnce = 64;
  std::vector<Reading> out;
  for (std::size_t begin = 0; begin < words.size(); begin += kAtOnce) {
    std::vector<cv::Mat> crops;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, words.size()); ++i) crops.push_back(scriba::read_image(words[i].image));
    const auto start = std::chrono::steady_clock::now();
    auto texts = recognizer.predict(crops);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      out.push_back({std::move(texts[i].text), texts[i].score, crops[i].size()});
      progress.step();
    }
  }
  return out;
}

void print_row(const std::string& name, const WordScore& score) {
  std::cout << std::setw(8) << score.words << std::setw(10) << percent(score.accuracy()) << std::setw(10) << percent(score.ned()) << "  "
            << name << '\n';
}

void print_groups(const char* what, const WordGroups& groups) {
  std::cout << what << '\n';
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (groups[i].words > 0) print_row(groups.name(i), groups[i]);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores a recogniser on word crops with labels; the last line is: accuracy A ned N words M, in percent.",
               "evaluate_recognizer");
  std::vector<std::string> lists;
  std::string images, results, saved, misses, dictionary, engine = "auto", similarity = "longer";
  scriba::zoo::PpOcrOptions options;
  scriba::metric::WordRule rule;
  std::size_t skip = 0, limit = 0;
  bool ignore_case = false, alphanumeric = false, tables = false, quiet = false;
  app.add_option("--data", lists, "lists of crops, a line each: image<TAB>text, image text, or image, \"text\"")->required();
  app.add_option("--images", images, "folder that the lists name images from; their own folder unless given");
  app.add_option("--results", results, "score the texts of this list, image<TAB>text, instead of running a recogniser");
  app.add_option("--weights", options.recognizer_file, "PP-OCRv6 small recogniser, ONNX");
  app.add_option("--lang-dict", dictionary, "alphabet, when the file has none: one character a line");
  app.add_option("--beam", options.beam_width, "width of a prefix beam search; 0: the best path")->check(CLI::Range(0, 1000));
  add_engine_option(app, engine);
  app.add_flag("--ignore-case", ignore_case, "compare small letters");
  app.add_flag("--alphanumeric", alphanumeric,
               "compare small letters, digits and ASCII letters alone: the rule of most English benchmarks");
  app.add_flag("--ignore-spaces", rule.folding.drop_spaces, "compare without spaces");
  app.add_flag("--leave-out-empty", rule.leave_out_empty, "words of whose label nothing is left to compare do not count");
  const std::map<std::string, scriba::metric::Similarity> similarities{{"longer", scriba::metric::Similarity::longer},
                                                                       {"longer-or-zero", scriba::metric::Similarity::longer_or_zero},
                                                                       {"truth", scriba::metric::Similarity::truth}};
  app.add_option("--ned", similarity,
                 "what 1-NED divides by: longer (ICDAR 2019), longer-or-zero (empty texts give 0) or truth (ICDAR 2017)")
      ->check(CLI::IsMember({"longer", "longer-or-zero", "truth"}))
      ->capture_default_str();
  app.add_option("--skip", skip, "leave out the first N words of each list");
  app.add_option("--limit", limit, "only the first N words of each list, after those left out");
  app.add_flag("--tables", tables, "also scores by length of the label and by width of the crop");
  app.add_option("--misses", misses, "file for every word that is wrong: image, label, text, score");
  app.add_option("--save", saved, "file for every text: image, text");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (ignore_case || alphanumeric) rule.folding.letters = scriba::LetterCase::lower;
    rule.folding.alphanumeric_only = alphanumeric;
    rule.similarity = similarities.at(similarity);
    // All lists first: a bad line or a missing image is said at once and not after an hour.
    std::vector<WordSet> sets;
    std::size_t total = 0;
    for (const auto& list : lists) total += sets.emplace_back(list, images, skip, limit).words.size();
    std::map<std::string, std::string> given;
    std::optional<scriba::zoo::LineReader> recognizer;
    if (results.empty()) {
      for (const auto& set : sets)
        for (const auto& word : set.words)
          if (!fs::exists(word.image))
            throw Error({.what = "no such image", .where = word.image.string(), .expected = "as " + set.name + " has it"});
      if (!dictionary.empty()) options.alphabet = scriba::Alphabet::from_file(dictionary, /*space_last=*/true);
      options.engine = engine_named(engine);
      recognizer = scriba::zoo::pp_ocr_recognizer(options);
    } else {
      for (auto& word : scriba::data::read_word_list(results, {.form = scriba::data::WordForm::tab, .root = "."}))
        given[word.image.lexically_normal().string()] = std::move(word.text);
    }

    scriba::metric::WordAccuracy all(rule);
    WordGroups by_length({3, 6, 9, 12}), by_width({25, 50, 100, 200});
    std::vector<WordScore> scores;
    std::ostringstream wrong;
    std::vector<WordEntry> texts;
    double seconds = 0;
    {
      Progress progress(recognizer ? total : 0, quiet);
      for (const auto& set : sets) {
        std::vector<Reading> readings;
        if (recognizer) readings = read_words(*recognizer, set.words, progress, seconds);
        WordScore score;
        for (std::size_t i = 0; i < set.words.size(); ++i) {
          const auto name = set.image_name(set.words[i]);
          if (!recognizer) {
            const auto found = given.find(fs::path(name).lexically_normal().string());
            if (found == given.end()) throw Error({.what = "no text of an image", .where = results, .expected = name});
            readings.push_back({.text = found->second});
          }
          const auto& reading = readings[i];
          texts.push_back({.image = name, .text = reading.text});
          const auto result = all.add(set.words[i].text, reading.text);
          if (!result) continue;
          score.add(*result);
          by_length.add(static_cast<std::int64_t>(result->length), *result);
          if (recognizer) by_width.add(reading.crop.width, *result);
          if (!result->right) wrong << name << '\t' << set.words[i].text << '\t' << reading.text << '\t' << reading.score << '\n';
        }
        scores.push_back(score);
      }
    }
    if (!misses.empty()) scriba::write_file(misses, wrong.str());
    if (!saved.empty()) scriba::write_file(saved, scriba::data::word_list(texts));

    std::cout << "compared: "
              << (alphanumeric  ? "digits and small ASCII letters"
                  : ignore_case ? "small letters"
                                : "texts as they are")
              << (rule.folding.drop_spaces ? ", without spaces" : "") << "; 1-NED by " << similarity;
    if (all.left_out() > 0) std::cout << "; " << all.left_out() << " words left out";
    if (recognizer) std::cout << "; " << recognizer->engine << ", " << 1000 * seconds / static_cast<double>(total) << " ms a word";
    std::cout << "\n   words  accuracy       ned\n";
    double mean = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      print_row(sets[i].name, scores[i]);
      mean += scores[i].accuracy() / static_cast<double>(sets.size());
    }
    if (sets.size() > 1) std::cout << "mean of the lists' accuracies " << percent(mean) << '\n';
    if (tables) print_groups("by length of the label, characters", by_length);
    if (tables && recognizer) print_groups("by width of the crop, pixels", by_width);
    const auto& score = all.score();
    std::cout << "accuracy " << percent(score.accuracy()) << " ned " << percent(score.ned()) << " words " << score.words << '\n';
    return 0;
  });
}
