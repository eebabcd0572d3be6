// Scores a recogniser on word crops with labels.
//
//     evaluate_recognizer --data test/gt.txt --alphanumeric
//     evaluate_recognizer --data IIIT5K/test.tags --data icdar2015/gt.txt --alphanumeric --tables --misses misses.txt
//     evaluate_recognizer --data lmdb/IIIT5k_3000 --alphanumeric --draw misread
//     evaluate_recognizer --data test/gt.txt --results texts.txt
//
// A set is a list with a crop a line, `image<TAB>text`, `image text` (IIIT5K) or `image, "text"` (ICDAR), or an LMDB folder. What is read
// can be kept as a list of the first form (--save), and such a list of any program can be scored again (--results). Several sets are scored
// one by one and together. Images are called as their list calls them, those of an LMDB by their keys (image-000000001); by whole paths
// where two sets have an image of the same name. The last line is `accuracy A ned N words M`: words that are right and 1-NED, both in
// percent, of all words.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include <scriba/core/make_folder.hpp>
#include <scriba/core/write_file.hpp>
#include <scriba/data/word_set.hpp>
#include <scriba/image/draw_words.hpp>
#include <scriba/image/write.hpp>
#include <scriba/metric/word_accuracy.hpp>

#include "input_files.hpp"
#include "recognizer_choice.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error, scriba::data::WordSet;
using scriba::metric::WordGroups, scriba::metric::WordScore;

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100 * share;
  return out.str();
}

// A data set: its words from `skip` on, at most `limit` of them.
class Words {
 public:
  Words(const std::string& list, const fs::path& images, std::size_t skip, std::size_t limit)
      : name_(list), folder_(images.empty() ? fs::path(list).parent_path() : images), set_(WordSet::open(list, {.root = images})) {
    first_ = std::min(skip, set_.size());
    const auto end = limit > 0 ? std::min(first_ + limit, set_.size()) : set_.size();
    for (std::size_t i = first_; i < end; ++i) texts_.push_back(set_.text(i));
    if (texts_.empty()) throw Error({.what = "nothing to score", .where = name_, .expected = "at least one word"});
  }

  std::size_t size() const { return texts_.size(); }
  const std::string& name() const { return name_; }
  const std::string& text(std::size_t i) const { return texts_[i]; }
  cv::Mat image(std::size_t i) const { return set_.image(first_ + i); }

  // Of its image: as the list has it, or the key in an LMDB.
  std::string image_name(std::size_t i) const {
    const auto file = set_.file(first_ + i);
    if (file.empty()) return key(i);
    const auto relative = file.lexically_relative(folder_.empty() ? "." : folder_);
    return (relative.empty() ? file : relative).lexically_normal().string();
  }

  // The same, different for different images of all sets.
  std::string image_path(std::size_t i) const {
    const auto file = set_.file(first_ + i);
    return (file.empty() ? fs::path(name_) / key(i) : file).lexically_normal().string();
  }

  void require_images() const {
    for (std::size_t i = 0; i < size(); ++i)
      if (const auto file = set_.file(first_ + i); !file.empty() && !fs::exists(file))
        throw Error({.what = "no such image", .where = file.string(), .expected = "as " + name_ + " has it"});
  }

 private:
  std::string key(std::size_t i) const {
    char out[32];
    std::snprintf(out, sizeof out, "image-%09zu", first_ + i + 1);
    return out;
  }

  std::string name_;
  fs::path folder_;
  WordSet set_;
  std::size_t first_ = 0;
  std::vector<std::string> texts_;
};

// Whether two sets have different images of one name, as ICDAR's have with word_1.png.
bool names_meet(const std::vector<Words>& sets) {
  std::unordered_map<std::string, std::string> paths;
  if (sets.size() > 1)
    for (const auto& set : sets)
      for (std::size_t i = 0; i < set.size(); ++i)
        if (const auto path = set.image_path(i); paths.emplace(set.image_name(i), path).first->second != path) return true;
  return false;
}

// The texts of --results, by the names or paths of their images.
class GivenTexts {
 public:
  explicit GivenTexts(const std::string& list) : list_(list) {
    for (auto& word : scriba::data::read_word_list(list, {.form = scriba::data::WordForm::tab, .root = "."})) {
      const auto [known, added] = texts_.emplace(word.image.lexically_normal().string(), word.text);
      if (!added && known->second != word.text)
        throw Error({.what = "two texts of one image",
                     .where = list + ", line " + std::to_string(word.line),
                     .expected = "'" + known->second + "' for " + known->first + ", as in a line before",
                     .got = "'" + word.text + "'"});
    }
  }

  const std::string& of(const Words& set, std::size_t i, bool by_path) const {
    auto found = texts_.find(set.image_path(i));
    if (found == texts_.end() && !by_path) found = texts_.find(set.image_name(i));
    if (found != texts_.end()) return found->second;
    if (by_path)
      throw Error({.what = "no text of an image",
                   .where = list_,
                   .expected = set.image_path(i) + ", its whole path, as two sets have images of the same name; or score them one by one"});
    throw Error({.what = "no text of an image", .where = list_, .expected = set.image_name(i)});
  }

 private:
  std::string list_;
  std::unordered_map<std::string, std::string> texts_;
};

// A picture's name that no other has: the word's number among all, and its image's name.
fs::path picture_name(std::size_t number, const std::string& image) {
  constexpr std::size_t kLongest = 200;
  char digits[32];
  std::snprintf(digits, sizeof digits, "%06zu_", number);
  return digits + fs::path(image).stem().string().substr(0, kLongest) + ".png";
}

// What was read in a crop; the crop's size, when there was one.
struct Reading {
  std::string text;
  float score{};
  cv::Size crop{};
};

std::vector<Reading> read_words(const scriba::zoo::LineReader& recognizer, const Words& words, Progress& progress, double& seconds) {
  constexpr std::size_t kAtOnce = 64;
  std::vector<Reading> out;
  for (std::size_t begin = 0; begin < words.size(); begin += kAtOnce) {
    std::vector<cv::Mat> crops;
    for (std::size_t i = begin; i < std::min(begin + kAtOnce, words.size()); ++i) crops.push_back(words.image(i));
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
  std::string images, results, saved, misses, drawing, similarity = "longer";
  scriba::metric::WordRule rule;
  std::size_t skip = 0, limit = 0;
  bool ignore_case = false, alphanumeric = false, tables = false, quiet = false;
  app.add_option("--data", lists, "lists of crops, a line each: image<TAB>text, image text, or image, \"text\"; or LMDB folders")
      ->required();
  app.add_option("--images", images, "folder that the lists name images from; their own folder unless given");
  app.add_option("--results", results, "score the texts of this list, image<TAB>text, instead of running a recogniser");
  const RecognizerChoice choice(app);
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
  app.add_option("--draw", drawing, "folder for a picture of every word that is wrong: the crop, its label in green, what was read in red");
  app.add_option("--save", saved, "file for every text: image, text");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (ignore_case || alphanumeric) rule.folding.letters = scriba::LetterCase::lower;
    rule.folding.alphanumeric_only = alphanumeric;
    rule.similarity = similarities.at(similarity);
    // All lists first: a bad line or a missing image is said at once and not after an hour.
    std::vector<Words> sets;
    std::size_t total = 0;
    for (const auto& list : lists) total += sets.emplace_back(list, images, skip, limit).size();
    const bool by_path = names_meet(sets);
    if (results.empty() || !drawing.empty())
      for (const auto& set : sets) set.require_images();
    if (!drawing.empty()) scriba::make_folder(drawing);
    std::optional<GivenTexts> given;
    std::optional<scriba::zoo::LineReader> recognizer;
    if (results.empty())
      recognizer = choice.make();
    else
      given.emplace(results);

    scriba::metric::WordAccuracy all(rule);
    WordGroups by_length({3, 6, 9, 12}), by_width({25, 50, 100, 200});
    std::vector<WordScore> scores;
    std::ostringstream wrong;
    std::vector<scriba::data::WordEntry> texts;
    std::size_t nothing_left = 0;
    double seconds = 0;
    {
      Progress progress(recognizer ? total : 0, quiet);
      for (const auto& set : sets) {
        std::vector<Reading> readings;
        if (recognizer) readings = read_words(*recognizer, set, progress, seconds);
        WordScore score;
        for (std::size_t i = 0; i < set.size(); ++i) {
          if (given) readings.push_back({.text = given->of(set, i, by_path)});
          const auto& reading = readings[i];
          const auto name = by_path ? set.image_path(i) : set.image_name(i);
          texts.push_back({.image = name, .text = reading.text});
          const auto result = all.add(set.text(i), reading.text);
          if (!result) continue;
          if (result->length == 0) ++nothing_left;
          score.add(*result);
          by_length.add(static_cast<std::int64_t>(result->length), *result);
          if (recognizer) by_width.add(reading.crop.width, *result);
          if (result->right) continue;
          wrong << name << '\t' << set.text(i) << '\t' << reading.text << '\t' << reading.score << '\n';
          if (!drawing.empty())
            scriba::write_image(fs::path(drawing) / picture_name(texts.size(), name),
                                scriba::draw_misreading(set.image(i), set.text(i), reading.text));
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
    if (nothing_left > 0) std::cout << "; nothing of the label is left of " << nothing_left << " words, which count (--leave-out-empty)";
    if (recognizer) std::cout << "; " << recognizer->engine << ", " << 1000 * seconds / static_cast<double>(total) << " ms a word";
    std::cout << "\n   words  accuracy       ned\n";
    double mean = 0;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      print_row(sets[i].name(), scores[i]);
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
