// Scores a detector on images with labels, by the rules of a benchmark.
//
//     evaluate_detector --images ch4_test_images --gt ch4_test_gt
//     evaluate_detector --images ... --gt ... --model db-resnet50 --weights DB_best.pth.tar --misses misses.txt --draw wrong
//     evaluate_detector --gt ... --results submission
//     evaluate_detector --images train2014 --gt cocotext.v2.json --subset val
//     evaluate_detector --images val --gt val_gt --sweep
//
// An image NAME.jpg belongs to the labels gt_NAME.txt, NAME.txt or their like, of any form that Scriba reads; or --gt is a list, as
// training takes it. What the detector finds can be kept as result files (--save), and such files of any detector can be scored again
// (--results).
// --sweep scores a grid of thresholds, too, and --speed says where the time goes. The last line is `precision P recall R hmean H`, in
// percent.
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <optional>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/icdar_results.hpp>
#include <scriba/image/write.hpp>
#include <scriba/metric/class_accuracy.hpp>
#include <scriba/metric/detection_protocol.hpp>

#include "detection_errors.hpp"
#include "detector_choice.hpp"
#include "detector_speed.hpp"
#include "labelled_pages.hpp"
#include "threshold_sweep.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error, scriba::Polygon;

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100 * share;
  return out.str();
}

std::vector<Polygon> polygons(const std::vector<scriba::TextRegion>& regions) {
  std::vector<Polygon> out;
  for (const auto& region : regions) out.push_back(region.polygon);
  // As in a result file, so that a file scores as the program that wrote it.
  return out.empty() ? out : scriba::data::parse_icdar_results(scriba::data::icdar_results(out), "regions");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores a detector on images with labels; the last line is: precision P recall R hmean H, in percent.", "evaluate_detector");
  std::string results, saved, misses, drawing, rules = "icdar2015";
  bool quiet = false, measured = false;
  LabelledPages labelled(app);
  auto* scored = app.add_option("--results", results, "score the files res_NAME.txt of this folder instead of running a detector");
  const DetectorChoice choice(app);
  app.add_option("--protocol", rules, "whose rules")
      ->check(CLI::IsMember(scriba::metric::detection_protocol_names()))
      ->capture_default_str();
  app.add_option("--save", saved, "folder for result files res_NAME.txt")->excludes(scored);
  app.add_option("--misses", misses, "file for every text that was missed and every region that is wrong");
  app.add_option("--draw", drawing,
                 "folder for pictures of the images that are not all right: labels green, regions red, missed texts blue");
  ThresholdSweep sweep(app);
  app.add_flag("--speed", measured, "measure each stage, and what folding batch norms gains; nothing else should run meanwhile");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (!results.empty() && (sweep.wanted() || measured))
      throw Error({.what = "result files have no thresholds and no speed",
                   .where = "--results",
                   .expected = "--images alone with --sweep and --speed"});
    const auto pages = labelled.read(/*with_images=*/results.empty());
    const auto missing = prepare_scoring(pages, results, saved, drawing);

    std::optional<scriba::zoo::RegionFinder> detector;
    std::optional<DetectorSpeed> speed;
    if (results.empty()) detector = choice.make();
    if (sweep.wanted()) sweep.start(rules, *detector);
    const auto protocol = scriba::metric::detection_protocol(rules);
    const bool tells_classes = detector && detector->classes && label_classes(pages).several();
    scriba::metric::ClassAccuracy classes;
    std::ostringstream list;
    std::size_t ignored = 0, texts = 0, regions = 0;
    double milliseconds = 0;
    {
      Progress progress(pages.size(), quiet);
      for (const auto& page : pages) {
        std::vector<scriba::TextRegion> read;
        std::vector<Polygon> found;
        cv::Mat image;
        if (detector) {
          image = read_input(page.image);
          if (measured && !speed) speed.emplace(*detector, image);
          const auto maps = detector->maps(image);
          const auto start = std::chrono::steady_clock::now();
          read = detector->regions(maps, {});
          const double regions_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
          milliseconds += maps.prepare_ms + maps.network_ms + regions_ms;
          found = polygons(read);
          if (speed) speed->add(image, maps, regions_ms);
          if (sweep.wanted()) sweep.add(page.texts, *detector, maps, polygons);
        } else if (const auto file = result_file(results, page); fs::is_regular_file(file)) {
          found = scriba::data::read_icdar_results(file);
        }
        const auto result = protocol.add(page.texts, found);
        if (tells_classes) classes.add(result, page.texts, read);
        texts += page.texts.size(), regions += found.size(), ignored += result.ignored_truths.size();
        if (!saved.empty()) scriba::write_file(result_file(saved, page), scriba::data::icdar_results(found));
        const DetectionErrors errors(result, page.texts.size(), found.size());
        list_errors(list, page.name, errors, page.texts, found);
        if (!drawing.empty() && errors.any())
          scriba::write_image(fs::path(drawing) / (page.name + ".png"),
                              drawn_errors(image.empty() ? read_input(page.image) : image, errors, page.texts, found));
        progress.step();
      }
    }
    if (!misses.empty()) scriba::write_file(misses, list.str());
    std::cout << "protocol " << rules << ", " << pages.size() << " images, " << texts << " texts of which " << ignored << " ignored, "
              << regions << " regions";
    if (missing > 0) std::cout << ", " << missing << " without a result file";
    if (detector)
      std::cout << ", " << detector->engine << ", " << std::lround(milliseconds / static_cast<double>(pages.size())) << " ms an image";
    std::cout << '\n';
    if (sweep.wanted()) sweep.print();
    if (speed) speed->print();
    if (tells_classes) std::cout << "classes: " << percent(classes.accuracy()) << " % right of " << classes.found() << " texts found\n";
    const auto all = protocol.score();
    std::cout << "precision " << percent(all.precision) << " recall " << percent(all.recall) << " hmean " << percent(all.hmean()) << '\n';
    return 0;
  });
}
