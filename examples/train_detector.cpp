// Trains or fine-tunes a detector of the zoo on pages with labels.
//
//     train_detector --data train_images train_labels --val val_images val_labels --out runs/words
//     train_detector --model db-resnet50 --data list.txt more.txt=0.5 --val val.txt --out runs/db --epochs 600 --batch 8
//     train_detector --model db-mobilenet-v3-small --teacher runs/words/best.pt --data ... --out runs/small
//     train_detector --out runs/words --resume --data ...
//
// pp-ocr-v6, the default, starts from the published weights; other models start from nothing, or from --init-from. The folder --out gets
// start.pt (what began, if not from nothing), last.pt (to go on with --resume), best.pt (for detect_text and evaluate_detector --weights),
// log.jsonl and report.html.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include <scriba/data/page_list.hpp>
#include <scriba/detector.hpp>
#include <scriba/metric/class_accuracy.hpp>
#include <scriba/metric/detection_protocol.hpp>
#include <scriba/train/data_parallel.hpp>
#include <scriba/train/keep_memory.hpp>
#include <scriba/train/page_batches.hpp>
#include <scriba/train/reopen.hpp>
#include <scriba/train/run.hpp>
#include <scriba/zoo/pretrained.hpp>
#include <scriba/zoo/trainable_detector.hpp>

#include "augmentation_options.hpp"
#include "data_check.hpp"
#include "data_sources.hpp"
#include "drawn_labels.hpp"
#include "preflight.hpp"
#include "program.hpp"
#include "training_options.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error;

using Batches = scriba::train::PageBatches<std::any>;

// The rules of a protocol on the validation pages; of what was found, how much got its class; and how much the first map varies, which is
// nothing once a network has collapsed.
scriba::train::Scores validate(const scriba::zoo::TrainableDetector& detector, const std::vector<scriba::data::PageEntry>& pages,
                               const std::string& rules, bool quiet, std::vector<scriba::train::ReportPicture>& pictures) {
  const auto protocol = scriba::metric::detection_protocol(rules);
  scriba::metric::ClassAccuracy classes;
  scriba::Progress progress(pages.size(), quiet, "validation images");
  pictures.clear();
  double deviation = 0;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const auto image = scriba::read_image(pages[i].image);
    const auto regions = detector.predict(image);
    std::vector<scriba::Polygon> found;
    for (const auto& region : regions) found.push_back(region.polygon);
    classes.add(protocol.add(pages[i].texts, found), pages[i].texts, regions);
    if (i < 4)
      pictures.push_back({pages[i].image.filename().string() + ": labels green, regions red", drawn(image.clone(), pages[i].texts, found)});
    if (i == 0) {
      const at::NoGradGuard no_gradients;
      deviation = detector.forward(scriba::detector_batch(image, *detector.input)).at(0).value.to(at::kFloat).std().item<double>();
    }
    progress.step();
  }
  if (deviation < 1e-3)
    std::cerr << "warning: the network gives nearly the same everywhere (deviation " << deviation
              << "): it has collapsed; try a lower --rate or a longer --warm-up\n";
  const auto score = protocol.score();
  scriba::train::Scores scores{
      {"hmean", 100 * score.hmean()}, {"precision", 100 * score.precision}, {"recall", 100 * score.recall}, {"map_deviation", deviation}};
  if (detector.classes && label_classes(pages).several()) scores.emplace_back("class_accuracy", 100 * classes.accuracy());
  return scores;
}

// A finished detector to learn from, beside the annotations.
class Teacher {
 public:
  explicit Teacher(CLI::App& app) {
    auto* file = app.add_option("--teacher", file_,
                                "weights of a finished DB detector: its maps are learnt as well as the labels, for models of DB only");
    app.add_option("--teacher-model", model_, "which detector the teacher is")
        ->check(CLI::IsMember(scriba::zoo::trainable_detector_names()))
        ->capture_default_str()
        ->needs(file);
    app.add_option("--truth-weight", truth_weight_, "what the labels count for; the teacher's maps get the rest of 1")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str()
        ->needs(file);
  }

  /// Does nothing without --teacher.
  void teach(scriba::zoo::TrainableDetector& student) const {
    if (file_.empty()) return;
    scriba::zoo::learn_from(student, scriba::zoo::finished_detector(model_, file_), truth_weight_);
  }

 private:
  std::string file_, model_ = "pp-ocr-v6";
  double truth_weight_ = 0.5;
};

// What a long run would stumble over, looked for in seconds.
int check_first(Preflight& preflight, const scriba::zoo::TrainableDetector& detector, const Batches& batches,
                const TrainingOptions& options, const Teacher& teacher) {
  scriba::target::TargetReport report;
  for (std::int64_t i = 0; i < std::min(Preflight::kBatches, batches.per_epoch()); ++i) report += batches.make(i).report;
  preflight.data(report.line(), report.unusable(), report.texts - report.ignored - report.outside);
  const auto batch = batches.make(0);
  auto copy = scriba::zoo::trainable_detector(detector.name, detector.classes);
  if (options.folded()) copy.fold();
  copy.module->to(options.device());
  teacher.teach(copy);
  preflight.learn(*detector.module, copy.module, options.trainer(),
                  [&] { return copy.loss(batch.images, batch.target, options.bfloat16()); });
  return preflight.end();
}

// Everything that is wrong with the sets of --data and --val.
int check_data(const std::vector<std::string>& training, const std::vector<std::string>& validation, const LabelOptions& labels,
               bool quiet) {
  DataCheck check(quiet);
  const auto look_at = [&](const std::vector<std::string>& given, scriba::data::PageListOptions options) {
    options.labels.bad_entry = check.bad_entry();
    for (const auto& set : page_sources(given, options)) check.pages(set.pages);
  };
  look_at(training, labels.read());
  look_at(validation, labels.validated());
  return check.end();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a detector; the last line is: precision P recall R hmean H, in percent, of the best weights.", "train_detector");
  TrainingOptions options(app, {.term = "map_deviation"});
  Preflight preflight(app);
  std::string model = "pp-ocr-v6", init, rules = "icdar2015";
  std::vector<std::string> training, validation;
  int cache_mb = 1024;
  bool only_check = false;
  std::size_t val_limit = 0;
  std::optional<int> classes;
  app.add_option("--model", model, "which detector, see detect_text --list-models")
      ->check(CLI::IsMember(scriba::zoo::trainable_detector_names()))
      ->capture_default_str();
  app.add_option("--init-from", init, "weights to start from; 'none': random ones. pp-ocr-v6 starts from the published ones by default");
  const Teacher teacher(app);
  app.add_option("--data", training,
                 "what to learn: lists, and folders of images each followed by their labels, a folder or a list; =RATIO behind "
                 "those after the first: so many of its pages for each of the first")
      ->required();
  app.add_option("--val", validation, "what to validate on, given in the same way");
  app.add_flag("--check-data", only_check, "list everything that is wrong with --data and --val, and stop: as check_data does");
  const LabelOptions labels(app, /*validates=*/true);
  app.add_option("--classes", classes, "db-multi-class-resnet50: how many kinds of text there are, 3 unless given")
      ->check(CLI::Range(1, 1000));
  app.add_option("--protocol", rules, "whose rules")
      ->check(CLI::IsMember(scriba::metric::detection_protocol_names()))
      ->capture_default_str();
  app.add_option("--val-limit", val_limit, "only the first N validation images");
  AugmentationOptions augmentation(app);
  app.add_option("--cache", cache_mb, "MB of memory for decoded images, which then need not be decoded in every epoch")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();

  return run_program(app, argc, argv, [&] {
    if (only_check) return check_data(training, validation, labels, options.quiet());
    scriba::train::keep_freed_memory();
    torch::manual_seed(options.seed());  // the network's first weights are drawn, too
    auto detector = scriba::zoo::trainable_detector(model, classes);
    options.fill_in(detector.training);
    const auto augmented = augmentation.of(detector);

    auto sets = page_sources(training, labels.read());
    if (detector.classes.value_or(1) > 1) require_classes(sets);
    std::size_t learnt = 0;
    for (const auto& set : sets) learnt += set.pages.size();
    std::vector<scriba::data::PageEntry> validated;
    for (auto& source : page_sources(validation, labels.validated()))
      validated.insert(validated.end(), source.pages.begin(), source.pages.end());
    if (!validation.empty() && validated.empty())
      throw Error({.what = "nothing to validate on", .where = validation.front(), .expected = "pages", .got = "none"});
    if (val_limit > 0 && val_limit < validated.size()) validated.resize(val_limit);

    const Batches batches(std::move(sets), augmented, detector.target, detector.input->normalization, options.batch_order(),
                          options.device(), static_cast<std::size_t>(cache_mb) << 20);

    options.set_threads();
    const auto group = options.join();
    at::globalContext().setBenchmarkCuDNN(true);  // crops are of one size, so it pays to time convolutions once
    const bool pretrained = init.empty() && model == "pp-ocr-v6";
    const fs::path weights =
        pretrained ? scriba::zoo::pretrained_folder() / scriba::zoo::kPpOcrV6DetectorFile : fs::path(init == "none" ? "" : init);
    const bool deployed = !options.resumes() && !weights.empty() && scriba::zoo::load_initial_weights(detector, weights);
    if (options.folded()) detector.fold();
    detector.module->to(options.device());
    scriba::train::to_channels_last(*detector.module);
    if (deployed && !options.folded()) {
      // Batch norms came back: they are to know what training crops look like. Numbers far from those of any training batch.
      scriba::train::calibrate_batch_norms(*detector.module, [&] {
        for (std::int64_t i = 0; i < 8; ++i) detector.forward(batches.make((1 << 20) + i).images);
      });
    }

    if (preflight.wanted()) return check_first(preflight, detector, batches, options, teacher);
    teacher.teach(detector);
    auto trainer = options.make_trainer(detector.module, batches.per_epoch());
    options.keep_start(weights, group, detector.save);
    const scriba::train::DataParallel parallel(group, trainer);
    const auto norms = options.sync_norms(group);
    const auto steps = options.steps(batches.per_epoch());
    const int parts = trainer.options().accumulate;
    auto loader = batches.loader(trainer.steps() * parts, steps * parts, options.loader());
    std::vector<scriba::augment::Page> shown;
    std::vector<scriba::train::ReportPicture> validation_pictures;
    scriba::target::TargetReport report;
    scriba::train::RunHooks hooks{.loss =
                                      [&](int) {
                                        auto batch = loader.next();
                                        shown = std::move(batch->pages);
                                        report += batch->report;
                                        return detector.loss(batch->images, batch->target, options.bfloat16());
                                      },
                                  .save = detector.save,
                                  .pictures =
                                      [&] {
                                        std::vector<scriba::train::ReportPicture> out;
                                        for (const auto& page : shown)
                                          out.push_back({"a training crop", drawn(page.image.clone(), page.texts)});
                                        out.insert(out.end(), validation_pictures.begin(), validation_pictures.end());
                                        return out;
                                      },
                                  .settings = options.echo(app, batches.per_epoch())};
    if (!validated.empty()) hooks.validate = [&] { return validate(detector, validated, rules, options.quiet(), validation_pictures); };

    if (group.first())
      std::cout << detector.name << ", " << detector.parameter_count() << " parameters, " << learnt << " pages, " << batches.per_epoch()
                << " batches an epoch, " << steps << " steps"
                << (group.alone() ? "" : " of " + std::to_string(group.processes()) + " processes") << '\n';
    const auto result =
        scriba::train::run(trainer, options.run_options(steps, batches.per_epoch(), "Training of " + detector.name, group), hooks);
    if (report.texts > 0 && group.first())
      std::cout << report.texts << " texts learnt from, " << report.ignored << " ignored, " << report.unusable() << " unusable\n";
    if (result.interrupted) {
      if (group.first()) std::cerr << "interrupted at step " << result.steps << "; go on with --resume\n";
      return 1;
    }
    if (!group.first()) return 0;
    if (const auto line = options.best_line({"precision", "recall", "hmean"}); !line.empty()) std::cout << line << '\n';
    return 0;
  });
}
