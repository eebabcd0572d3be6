// Trains or fine-tunes a recogniser of the zoo on crops of words or lines.
//
//     train_recognizer --data words.txt --val val.txt --alphabet digits_and_letters.txt --ignore-case --out runs/words
//     train_recognizer --model crnn-resnet34-center --init-from runs/crnn/best.pt --data words.txt --out runs/center
//     train_recognizer --model crnn-mobilenet-v3-small --data mjsynth_lmdb synthtext_lmdb=0.5 --val val.txt --out runs/crnn
//
// --data and --val take lists of any form that Scriba reads, and LMDB folders; =RATIO behind one says how many of its words come for each
// of the first. pp-ocr-v6, the default, starts from the published weights and keeps what it knows of the characters of the new alphabet.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include <scriba/data/word_set.hpp>
#include <scriba/metric/word_accuracy.hpp>
#include <scriba/text/utf8.hpp>
#include <scriba/train/alphabet_coverage.hpp>
#include <scriba/train/data_parallel.hpp>
#include <scriba/train/keep_memory.hpp>
#include <scriba/train/reopen.hpp>
#include <scriba/train/run.hpp>
#include <scriba/train/word_batches.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_recognizer.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

#include "center_options.hpp"
#include "data_check.hpp"
#include "data_sources.hpp"
#include "preflight.hpp"
#include "program.hpp"
#include "training_options.hpp"
#include "word_augmentation.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error;
using Batches = scriba::train::WordBatches<std::any>;

// Words that the alphabet cannot spell would be left out one by one; nearly all of them missing is a wrong alphabet.
void check_alphabet(const std::vector<scriba::train::WordSource>& sources, const scriba::Alphabet& alphabet,
                    const scriba::TextFolding& folding) {
  scriba::train::AlphabetCoverage coverage(alphabet);
  for (const auto& one : sources)
    for (std::size_t i = 0; i < std::min<std::size_t>(one.words.size(), 20'000); ++i)
      coverage.add(scriba::folded(one.words.text(i), folding));
  std::cout << "training texts: " << coverage.line() << '\n';
  if (coverage.unusable_share() > 0.5)
    throw Error({.what = "the alphabet does not fit the training texts",
                 .expected = "one that spells at least half of them (see make_alphabet, --ignore-case, --alphanumeric)",
                 .got = coverage.report().line()});
}

// How validation compares: digits and letters in any case, as benchmarks of English words do. Of other scripts that would leave nothing:
// where the alphabet has characters beyond ASCII, texts are compared as they are learnt.
scriba::metric::WordRule validation_rule(const scriba::Alphabet& alphabet, const scriba::TextFolding& learnt) {
  const bool ascii = std::ranges::all_of(alphabet.characters(), [](const std::string& character) {
    return std::ranges::all_of(character, [](unsigned char c) { return c < 0x80; });
  });
  return {.folding = ascii ? scriba::kAlphanumericFolding : learnt, .leave_out_empty = true};
}

scriba::train::Scores validate(const scriba::zoo::TrainableRecognizer& recognizer, const scriba::data::WordSet& words,
                               const scriba::metric::WordRule& rule, std::size_t limit, bool quiet,
                               std::vector<scriba::train::ReportPicture>& pictures) {
  scriba::metric::WordAccuracy exact, ruled(rule);
  const std::size_t count = limit > 0 ? std::min(limit, words.size()) : words.size();
  scriba::Progress progress(count, quiet, "validation words");
  pictures.clear();
  constexpr std::size_t kBatch = 64;
  for (std::size_t begin = 0; begin < count; begin += kBatch) {
    std::vector<cv::Mat> crops;
    for (std::size_t i = begin; i < std::min(begin + kBatch, count); ++i) crops.push_back(words.image(i));
    const auto read = recognizer.predict(crops);
    for (std::size_t i = 0; i < crops.size(); ++i) {
      const auto truth = words.text(begin + i);
      const auto as_it_is = exact.add(truth, read[i].text), result = ruled.add(truth, read[i].text);
      if (!(result ? result : as_it_is)->right && pictures.size() < 12)
        pictures.push_back({"read " + read[i].text + ", says " + truth, crops[i]});
      progress.step();
    }
  }
  // Words of which nothing is left to compare do not count; where that is all of them, they are compared as they are.
  const auto& score = ruled.score().words > 0 ? ruled.score() : exact.score();
  return {{"accuracy", 100 * score.accuracy()}, {"ned", 100 * score.ned()}, {"exact", 100 * exact.score().accuracy()}};
}

// What a long run would stumble over, looked for in seconds; the alphabet has been checked.
int check_first(Preflight& preflight, const scriba::zoo::TrainableRecognizer& recognizer, const Batches& batches,
                const TrainingOptions& options) {
  auto copy = scriba::zoo::trainable_recognizer(recognizer.name, recognizer.alphabet);
  if (options.folded()) copy.fold();
  copy.module->to(options.device());
  scriba::train::TextReport report;
  for (std::int64_t i = 0; i < std::min(Preflight::kBatches, batches.per_epoch()); ++i) {
    const auto batch = batches.make(i);
    report += batch.report;
    const at::NoGradGuard no_gradients;
    for (const auto& [name, count] : copy.loss(batch.images, batch.target, false).terms)
      if (name == "too_long") report.too_long += count.item<std::int64_t>();
  }
  preflight.data(report.line(), report.unusable(), report.texts);
  const auto batch = batches.make(0);
  preflight.learn(*recognizer.module, copy.module, options.trainer(),
                  [&] { return copy.loss(batch.images, batch.target, options.bfloat16()); });
  return preflight.end();
}

// Everything that is wrong with the sets of --data and --val. Training texts must be spelt by the alphabet, too.
int check_data(const std::vector<std::string>& training, const std::string& validation, const scriba::Alphabet& alphabet,
               const scriba::TextFolding& folding, bool quiet) {
  DataCheck check(quiet);
  const auto opened = [&](const std::string& path) { return scriba::data::WordSet::open(path, {.bad_entry = check.bad_entry()}); };
  for (const auto& given : training) check.words(opened(with_ratio(given).first), {.alphabet = alphabet, .folding = folding});
  if (!validation.empty()) check.words(opened(validation));
  return check.end();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a recogniser; the last line is: accuracy A ned N, in percent, of the best weights.", "train_recognizer");
  // From random weights a recogniser sees nothing but blanks at first, for a thousand steps and more.
  TrainingOptions options(app, {.term = "character_share", .least = 1e-6, .steps = 3000});
  CenterOptions center(app);
  Preflight preflight(app);
  std::string model = "pp-ocr-v6", init, init_alphabet, alphabet_file, validation, augment = "photos";
  std::vector<std::string> training;
  scriba::TextFolding folding;
  bool ignore_case = false, only_check = false;
  std::size_t val_limit = 0;
  app.add_option("--model", model, "which recogniser, see recognize_word --list-models")
      ->check(CLI::IsMember(scriba::zoo::trainable_recognizer_names()))
      ->capture_default_str();
  app.add_option("--init-from", init, "weights to start from; 'none': random ones. pp-ocr-v6 starts from the published ones by default");
  app.add_option("--init-alphabet", init_alphabet,
                 "file of the characters of --init-from, where it does not name them: checkpoints of pytorchOCR");
  app.add_option("--alphabet", alphabet_file, "file of the characters: one a line, or all on one line; default: digits and small letters");
  app.add_option("--data", training, "what to learn: lists and LMDB folders, =RATIO behind those after the first")->required();
  app.add_option("--val", validation, "list or LMDB folder to validate on");
  app.add_option("--val-limit", val_limit, "only the first N validation words");
  app.add_flag("--check-data", only_check, "list everything that is wrong with --data and --val, and stop: as check_data does");
  app.add_flag("--ignore-case", ignore_case, "learn small letters for capitals");
  app.add_flag("--alphanumeric", folding.alphanumeric_only, "learn digits and ASCII letters alone");

  app.add_option("--augment", augment, "how training words are changed: photos (much), reference (pytorchOCR's, half of them), none")
      ->check(CLI::IsMember(word_augmentation_names()))
      ->capture_default_str();

  return run_program(app, argc, argv, [&] {
    if (ignore_case) folding.letters = scriba::LetterCase::lower;
    const auto alphabet =
        alphabet_file.empty() ? scriba::zoo::english_alphabet() : scriba::Alphabet::from_file(alphabet_file, /*space_last=*/false);
    if (only_check) return check_data(training, validation, alphabet, folding, options.quiet());
    scriba::train::keep_freed_memory();
    torch::manual_seed(options.seed());  // the network's first weights are drawn, too
    auto recognizer = scriba::zoo::trainable_recognizer(model, alphabet);
    options.fill_in(recognizer.training);

    std::vector<scriba::train::WordSource> sources;
    for (const auto& given : training) {
      const auto [set, ratio] = with_ratio(given);
      sources.push_back({scriba::data::WordSet::open(set), ratio});
    }
    check_alphabet(sources, alphabet, folding);
    const auto validated = validation.empty() ? scriba::data::WordSet() : scriba::data::WordSet::open(validation);
    if (!validation.empty() && validated.size() == 0)
      throw Error({.what = "nothing to validate on", .where = validation, .expected = "words", .got = "none"});
    std::size_t learnt = 0;
    for (const auto& one : sources) learnt += one.words.size();

    const Batches batches(
        std::move(sources),
        [folding, changed = word_augmentation(augment), turns = recognizer.input->tall_lines == scriba::TallLines::best_turn](
            scriba::augment::Word& word, scriba::augment::Random& random) {
          word.text = scriba::folded(word.text, folding);
          // Text that runs up or down, nobody knows which: the loss leaves out empty texts.
          if (turns && scriba::is_tall(word.image.size()) && scriba::utf8::code_points(word.text).size() > 1) word.text.clear();
          changed(word, random);
        },
        recognizer.target, *recognizer.input, options.batch_order(), options.device());

    options.set_threads();
    const auto group = options.join();
    const bool pretrained = init.empty() && model == "pp-ocr-v6";
    const fs::path weights =
        pretrained ? scriba::zoo::pretrained_folder() / scriba::zoo::kPpOcrV6RecognizerFile : fs::path(init == "none" ? "" : init);
    std::optional<scriba::Alphabet> characters;
    if (!init_alphabet.empty()) characters = scriba::Alphabet::from_file(init_alphabet, /*space_last=*/false);
    scriba::zoo::InitialWeights loaded;
    if (!options.resumes() && !weights.empty()) {
      loaded = scriba::zoo::load_initial_weights(recognizer, weights, characters);
      if (group.first())
        std::cout << "starts from " << weights.string() << ": "
                  << (loaded.characters ? loaded.characters->line() : "it names no characters, its classes are taken in their order")
                  << '\n';
    }
    if (options.folded()) recognizer.fold();
    recognizer.module->to(options.device());
    scriba::train::to_channels_last(*recognizer.module);
    if (loaded.deployed && !options.folded()) {
      // Batch norms came back: they are to know what training crops look like. Numbers far from those of any training batch.
      scriba::train::calibrate_batch_norms(*recognizer.module, [&] {
        for (std::int64_t i = 0; i < 8; ++i) recognizer.forward(batches.make((1 << 20) + i).images);
      });
    }

    if (preflight.wanted()) return check_first(preflight, recognizer, batches, options);
    if (center.wanted(recognizer.training)) center.add_to(recognizer, weights, characters);
    auto trainer = options.make_trainer(recognizer.module, batches.per_epoch(), [&](auto& made) { center.add_to(made); });
    options.keep_start(weights, group, recognizer.save);
    const scriba::train::DataParallel parallel(group, trainer);
    const auto norms = options.sync_norms(group);
    center.begin();
    const auto steps = options.steps(batches.per_epoch());
    const int parts = trainer.options().accumulate;
    auto loader = batches.loader(trainer.steps() * parts, steps * parts, options.loader());
    std::vector<scriba::train::ReportPicture> shown, misread;
    scriba::train::TextReport report;
    scriba::train::RunHooks hooks{.loss =
                                      [&](int) {
                                        auto batch = loader.next();
                                        report += batch->report;
                                        shown.clear();
                                        for (std::size_t i = 0; i < std::min<std::size_t>(batch->words.size(), 12); ++i)
                                          shown.push_back({"learns " + batch->words[i].text, batch->words[i].image});
                                        return recognizer.loss(batch->images, batch->target, options.bfloat16());
                                      },
                                  .save = recognizer.save,
                                  .pictures =
                                      [&] {
                                        auto out = shown;
                                        out.insert(out.end(), misread.begin(), misread.end());
                                        return out;
                                      },
                                  .settings = options.echo(app, batches.per_epoch())};
    const auto rule = validation_rule(alphabet, folding);
    if (validated.size() > 0) hooks.validate = [&] { return validate(recognizer, validated, rule, val_limit, options.quiet(), misread); };

    if (group.first() && hooks.validate)
      std::cout << "validation compares " << (rule.folding.alphanumeric_only ? "digits and ASCII letters" : "texts")
                << (rule.folding.letters == scriba::LetterCase::lower ? " in any case" : " as they are") << '\n';
    if (group.first())
      std::cout << recognizer.name << ", " << recognizer.parameter_count() << " parameters, " << alphabet.classes() << " classes, "
                << learnt << " words, " << batches.per_epoch() << " batches an epoch, " << steps << " steps"
                << (group.alone() ? "" : " of " + std::to_string(group.processes()) + " processes") << '\n';
    const auto result =
        scriba::train::run(trainer, options.run_options(steps, batches.per_epoch(), "Training of " + recognizer.name, group), hooks);
    if (group.first()) std::cout << report.line() << '\n' << center.line();
    if (result.interrupted) {
      if (group.first()) std::cerr << "interrupted at step " << result.steps << "; go on with --resume\n";
      return 1;
    }
    if (!group.first()) return 0;
    if (const auto line = options.best_line({"accuracy", "ned"}); !line.empty()) std::cout << line << '\n';
    return 0;
  });
}
